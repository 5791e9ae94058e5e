//! Workbooks (XLSX) from the upload to GitLab, and what hostile or mistaken ones come to.

use std::io::{Cursor, Write as _};

use reqwest::Method;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::world::{Answer, Person, World, read};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const OFFICE: &str = "http://schemas.openxmlformats.org";

/// An archive with these parts.
fn archive<'p>(parts: impl IntoIterator<Item = (String, &'p str)>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in parts {
        zip.start_file(name, stored).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook with these sheets, each a name and the cells of its rows as the file has them: `<v>3</v>` is a number.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let relation = |id: usize, kind: &str, target: &str| {
        format!(
            "<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/>"
        )
    };
    let relations = |all: String| {
        format!("<Relationships xmlns=\"{OFFICE}/package/2006/relationships\">{all}</Relationships>")
    };
    let (mut listed, mut linked, mut parts) = (String::new(), String::new(), Vec::new());
    for (id, (name, rows)) in (1..).zip(sheets) {
        listed += &format!("<sheet name=\"{name}\" sheetId=\"{id}\" r:id=\"rId{id}\"/>");
        linked += &relation(id, "worksheet", &format!("worksheets/sheet{id}.xml"));
        let mut sheet = format!("<worksheet xmlns=\"{OFFICE}/spreadsheetml/2006/main\"><sheetData>");
        for (number, cells) in (1..).zip(*rows) {
            sheet += &format!("<row r=\"{number}\">");
            for (letter, cell) in ('A'..='Z').zip(*cells) {
                let kind = if cell.starts_with("<v>") { "n" } else { "inlineStr" };
                let content = if kind == "n" {
                    (*cell).to_owned()
                } else {
                    format!("<is><t>{cell}</t></is>")
                };
                sheet += &format!("<c r=\"{letter}{number}\" t=\"{kind}\">{content}</c>");
            }
            sheet += "</row>";
        }
        parts.push((
            format!("xl/worksheets/sheet{id}.xml"),
            sheet + "</sheetData></worksheet>",
        ));
    }
    parts.extend([
        (
            "_rels/.rels".to_owned(),
            relations(relation(1, "officeDocument", "xl/workbook.xml")),
        ),
        ("xl/_rels/workbook.xml.rels".to_owned(), relations(linked)),
        (
            "xl/workbook.xml".to_owned(),
            format!(
                "<workbook xmlns=\"{OFFICE}/spreadsheetml/2006/main\" \
                 xmlns:r=\"{OFFICE}/officeDocument/2006/relationships\"><sheets>{listed}</sheets></workbook>"
            ),
        ),
    ]);
    archive(
        parts
            .iter()
            .map(|(name, content)| (name.clone(), content.as_str())),
    )
}

/// Uploads a file as a browser does that takes it for this kind.
async fn upload(person: &Person, name: &str, kind: &str, content: &[u8]) -> Answer {
    let head = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: {kind}\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--b--\r\n"].concat();
    let request = person
        .request(Method::POST, "/api/jobs/import")
        .header("content-type", "multipart/form-data; boundary=b")
        .body(body);
    read(request).await
}

/// `rows.xlsx row 2 visibility: …`
fn told(answer: &Answer) -> Vec<String> {
    let problems = answer.json()["error"]["details"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    problems
        .iter()
        .map(|problem| {
            let part = |name: &str| text(&problem[name]);
            let (file, row, column) = (part("file"), part("row"), part("column"));
            format!(
                "{file} row {row} {column}: {} ({})",
                part("value"),
                part("message")
            )
        })
        .collect()
}

#[tokio::test]
async fn a_workbook_is_one_job_of_all_its_sheets_and_what_failed_comes_back() {
    let world = World::new().await;
    let root = world.root().await;
    let book = workbook(&[
        ("Groups", &[&["Name", "Path", "Parent"], &["Acme", "acme", ""]]),
        (
            "Projects",
            &[
                &["Name", "Path", "Group", "Description"],
                &["Web", "web", "acme", "<v>2026</v>"],
                &["Lost", "lost", "nowhere", "=1+1"],
            ],
        ),
    ]);
    let made = upload(&root, "estate.xlsx", XLSX, &book).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let job = world.job_when(&root, &id, "completed").await;
    let counts = ["total", "successCount", "failureCount"].map(|count| &job[count]);
    assert_eq!(counts, [&json!(3), &json!(2), &json!(1)], "{job}");
    assert!(world.sim.group("acme").is_some());
    let web = root.get("/api/gitlab/projects/acme%2Fweb").await.json();
    assert_eq!(web["description"], "2026");

    let items = root
        .get(&format!("/api/jobs/{id}/items?status=failed"))
        .await
        .json();
    let source = &items["items"][0]["source"];
    assert_eq!(
        (&source["file"], &source["row"]),
        (&json!("estate.xlsx [Projects]"), &json!(2)),
        "{items}"
    );
    let failed = root
        .get(&format!("/api/jobs/{id}/results?format=csv&status=failed"))
        .await;
    assert!(
        failed
            .text
            .starts_with("Name,Path,Group,Description,error\nLost,lost,nowhere,'=1+1,"),
        "{}",
        failed.text
    );
}

#[tokio::test]
async fn every_mistake_in_a_workbook_is_told_with_sheet_row_and_column_and_no_job_is_made() {
    let world = World::new().await;
    let root = world.root().await;
    let book = workbook(&[
        (
            "Groups",
            &[
                &["Name", "Path", "Parent", "Visibility"],
                &["Acme", "acme", "", "privat"],
                &["", "globex", "", "private"],
            ],
        ),
        (
            "Members",
            &[
                &["Group", "Username", "Access Level"],
                &["acme", "dev-0001", "chief"],
            ],
        ),
    ]);
    let refused = upload(&root, "estate.xlsx", XLSX, &book).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let told = told(&refused);
    let places = [
        "estate.xlsx [Groups] row 1 Visibility: privat ",
        "estate.xlsx [Groups] row 2 Name: ",
        "estate.xlsx [Members] row 1 Access Level: chief ",
    ];
    assert_eq!(told.len(), places.len(), "{told:#?}");
    for (told, place) in told.iter().zip(places) {
        assert!(told.starts_with(place), "{told}");
    }
    assert_eq!(root.get("/api/jobs").await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn a_workbook_is_known_by_what_it_is_whatever_it_is_called() {
    let world = World::new().await;
    let root = world.root().await;
    let book = workbook(&[("Groups", &[&["Name", "Path", "Parent"], &["Acme", "acme", ""]])]);
    let made = upload(&root, "groups.csv", "text/csv", &book).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let table = "Name,Path,Parent\nBeta,beta,\n";
    let made = upload(&root, "groups.xlsx", XLSX, table.as_bytes()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let bare = root
        .request(Method::POST, "/api/jobs/import")
        .header("content-type", XLSX)
        .body(book);
    let bare = read(bare).await;
    assert_eq!(bare.status, 415, "{}", bare.text);
    assert_eq!(bare.json()["error"]["code"], "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn archives_that_are_no_workbook_and_bombs_are_refused_and_the_server_goes_on() {
    let world = World::new().await;
    let root = world.root().await;
    let document = archive([("content.xml".to_owned(), "<office:document-content/>")]);
    let named = ("xl/workbook.xml".to_owned(), "<workbook/>");
    let many = archive(std::iter::once(named).chain((0..5_000).map(|part| (format!("xl/{part}.xml"), ""))));
    let half = {
        let mut book = workbook(&[("Groups", &[&["Name", "Path", "Parent"], &["Acme", "acme", ""]])]);
        book.truncate(book.len() / 2);
        book
    };
    for (name, content, said) in [
        (
            "document.ods",
            document,
            "the file is an archive, and no XLSX workbook",
        ),
        ("many.xlsx", many, "the workbook unpacks to more than can be read"),
        ("half.xlsx", half, "the workbook is damaged: "),
    ] {
        let refused = upload(&root, name, XLSX, &content).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        let problem = &refused.json()["error"]["details"][0];
        assert_eq!(problem["file"], name);
        let message = problem["message"].as_str().unwrap();
        assert!(message.starts_with(said), "{name}: {message}");
    }
    assert_eq!(root.get("/api/jobs").await.json()["jobs"], json!([]));
}
