//! Workbooks of spreadsheets, as programs of offices write them and as attackers do.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use engine::import::{InputFile, read_files};
use engine::operations::registry;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{of_kind, options, refused};

/// A cell as a workbook keeps it.
#[derive(Clone, Copy)]
enum Kept {
    Text(&'static str),
    Number(f64),
    Yes,
    /// A number that is shown as a date.
    Day(u32),
    Error(&'static str),
    Nothing,
}
use Kept::{Day, Error, Nothing, Number, Text, Yes};

/// Rows with their numbers in the sheet.
type Rows = Vec<(u32, Vec<Kept>)>;

fn rows(rows: &[&[Kept]]) -> Rows {
    (1..).zip(rows.iter().map(|row| row.to_vec())).collect()
}

fn sheet(rows: &Rows) -> String {
    let mut xml = String::from(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    );
    for (number, cells) in rows {
        write!(xml, "<row r=\"{number}\">").unwrap();
        for (letter, cell) in ('A'..='Z').zip(cells) {
            let at = format!("{letter}{number}");
            match cell {
                Text(text) => write!(xml, "<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
                Number(number) => write!(xml, "<c r=\"{at}\"><v>{number}</v></c>"),
                Yes => write!(xml, "<c r=\"{at}\" t=\"b\"><v>1</v></c>"),
                Day(day) => write!(xml, "<c r=\"{at}\" s=\"1\"><v>{day}</v></c>"),
                Error(error) => write!(xml, "<c r=\"{at}\" t=\"e\"><v>{error}</v></c>"),
                Nothing => write!(xml, "<c r=\"{at}\"/>"),
            }
            .unwrap();
        }
        xml.push_str("</row>");
    }
    xml + "</sheetData></worksheet>"
}

fn archive(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(name.as_str(), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook of these sheets; one whose name ends with `!` is hidden.
fn workbook(sheets: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let office = "http://schemas.openxmlformats.org";
    let mut book = format!(
        "{head}<workbook xmlns=\"{office}/spreadsheetml/2006/main\" xmlns:r=\"{office}/officeDocument/2006/relationships\"><sheets>"
    );
    let mut links = format!("{head}<Relationships xmlns=\"{office}/package/2006/relationships\">");
    let mut parts = Vec::new();
    for (number, (name, content)) in (1..).zip(sheets) {
        let state = if name.ends_with('!') {
            " state=\"hidden\""
        } else {
            ""
        };
        write!(
            book,
            "<sheet name=\"{name}\" sheetId=\"{number}\"{state} r:id=\"rId{number}\"/>"
        )
        .unwrap();
        write!(
            links,
            "<Relationship Id=\"rId{number}\" Type=\"{office}/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        )
        .unwrap();
        parts.push((format!("xl/worksheets/sheet{number}.xml"), content.clone()));
    }
    let styles = format!(
        "{head}<styleSheet xmlns=\"{office}/spreadsheetml/2006/main\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>"
    );
    write!(
        links,
        "<Relationship Id=\"rId99\" Type=\"{office}/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>"
    )
    .unwrap();
    let root = format!(
        "{head}<Relationships xmlns=\"{office}/package/2006/relationships\"><Relationship Id=\"rId1\" \
         Type=\"{office}/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    parts.push(("_rels/.rels".to_owned(), root.into_bytes()));
    parts.push((
        "xl/workbook.xml".to_owned(),
        (book + "</sheets></workbook>").into_bytes(),
    ));
    parts.push((
        "xl/_rels/workbook.xml.rels".to_owned(),
        (links + "</Relationships>").into_bytes(),
    ));
    parts.push(("xl/styles.xml".to_owned(), styles.into_bytes()));
    archive(&parts)
}

/// What was understood of a file: one line per item with its place, then the warnings.
fn understood(name: &str, bytes: Vec<u8>, kind: Option<&str>) -> Vec<String> {
    let options = kind.map_or_else(options, of_kind);
    match read_files(&registry(), &[InputFile::new(name, bytes)], &options) {
        Ok(imported) => {
            let items = imported.items.iter().map(|item| {
                let (file, row) = (item.source.file.as_deref().unwrap(), item.source.row.unwrap());
                format!("{file} {row}: {} {}", item.operation, item.params.get())
            });
            let warnings = imported
                .warnings
                .iter()
                .map(|problem| format!("warning: {problem}"));
            items.chain(warnings).collect()
        }
        Err(problems) => refused(&problems),
    }
}

#[test]
fn cells_are_read_as_a_person_sees_them() {
    let members = rows(&[
        &[
            Text("Username"),
            Text("Group"),
            Text("Access Level"),
            Text("Expiry-Date"),
        ],
        &[Text(" dev-0001 "), Number(12.0), Number(30.0), Day(48_213)],
        &[Text("dev-0002"), Text("acme"), Text("Owner"), Nothing],
    ]);
    let book = workbook(&[("Sheet1", sheet(&members).into_bytes())]);
    assert_eq!(
        understood("people.xlsx", book.clone(), None),
        [
            r#"people.xlsx 1: add_member {"username":"dev-0001","group":12,"access_level":30,"expires_at":"2031-12-31"}"#,
            r#"people.xlsx 2: add_member {"username":"dev-0002","group":"acme","access_level":50}"#,
        ]
    );
    assert_eq!(
        understood("upload", book, None).len(),
        2,
        "whatever the file is called"
    );

    let groups = rows(&[
        &[
            Text("name"),
            Text("path"),
            Text("parent"),
            Text("lfs_enabled"),
            Text("description"),
        ],
        &[Text("Web"), Text("web"), Nothing, Yes, Text("'=1+1")],
    ]);
    let book = workbook(&[("Sheet1", sheet(&groups).into_bytes())]);
    let [group] = understood("g.xlsx", book, None).try_into().unwrap();
    assert!(
        group.contains(r#""lfs_enabled":true"#) && group.contains(r#""description":"=1+1""#),
        "{group}"
    );
}

#[test]
fn every_sheet_with_a_header_is_a_table_and_the_others_are_noticed() {
    let groups = rows(&[&[Text("name"), Text("path")], &[Text("Web"), Text("web")]]);
    let members = rows(&[
        &[Text("username"), Text("group"), Text("role")],
        &[Text("dev-0001"), Text("web"), Text("guest")],
    ]);
    let notes = rows(&[&[Text("to be asked: who owns this?")]]);
    let book = workbook(&[
        // Its columns do not tell what it holds, its name does.
        ("Groups", sheet(&groups).into_bytes()),
        ("Notes", sheet(&notes).into_bytes()),
        ("Nothing", sheet(&Vec::new()).into_bytes()),
        ("Old!", sheet(&members).into_bytes()),
        ("People", sheet(&members).into_bytes()),
    ]);
    assert_eq!(
        understood("estate.xlsx", book, None),
        [
            r#"estate.xlsx [Groups] 1: create_group {"name":"Web","path":"web"}"#,
            r#"estate.xlsx [People] 1: add_member {"username":"dev-0001","group":"web","access_level":10}"#,
            "warning: estate.xlsx [Notes]: the first row of the sheet names no known column; the sheet is not read",
        ]
    );
}

#[test]
fn a_mistake_is_told_with_the_row_below_the_header_wherever_the_header_stands() {
    let members: Rows = vec![
        (
            3,
            vec![Text("username"), Text("group"), Text("role"), Text("expires_at")],
        ),
        (4, vec![Text("dev-0001"), Text("acme"), Text("boss"), Day(48_213)]),
        (7, vec![Error("#REF!"), Text("acme"), Text("guest"), Number(7.5)]),
        (
            8,
            vec![
                Text("dev-0002"),
                Text("acme"),
                Text("guest"),
                Nothing,
                Text("lost"),
            ],
        ),
    ];
    let book = workbook(&[("Sheet1", sheet(&members).into_bytes())]);
    insta::assert_snapshot!(understood("people.xlsx", book, None).join("\n"), @r"
    people.xlsx, row 1, role: not an access level (found `boss`; allowed: guest, planner, reporter, developer, maintainer, owner or 10, 15, 20, 30, 40, 50)
    people.xlsx, row 4, username: the cell holds an error of the spreadsheet, and no value (found `#REF!`; allowed: a value, or a formula that gives one)
    people.xlsx, row 5: the row has 5 cells and the header 4 (found `lost`; allowed: a column with a name for every cell)
    ");
}

#[test]
fn what_is_no_workbook_or_too_much_of_one_is_refused_before_it_is_believed() {
    let text = archive(&[("readme.txt".to_owned(), b"hello".to_vec())]);
    let mut cut = workbook(&[("Sheet1", sheet(&rows(&[&[Text("name")]])).into_bytes())]);
    cut.truncate(cut.len() / 2);
    let wide = sheet(&rows(&[&[Text("name")]])).replace("\"A1\"", "\"XFD1\"");
    let backwards: Rows = vec![
        (2, vec![Text("name"), Text("path"), Text("parent")]),
        (5, vec![Text("Web"), Text("web")]),
        (4, vec![Text("Api"), Text("api")]),
        (9, vec![Text("Ops"), Text("ops")]),
    ];
    let said: Vec<String> = [
        ("letters.xlsx", text),
        ("cut.xlsx", cut),
        ("wide.xlsx", workbook(&[("Sheet1", wide.into_bytes())])),
        (
            "backwards.xlsx",
            workbook(&[("Sheet1", sheet(&backwards).into_bytes())]),
        ),
        (
            "empty.xlsx",
            workbook(&[("Sheet1", sheet(&Vec::new()).into_bytes())]),
        ),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec()),
    ]
    .into_iter()
    .flat_map(|(name, bytes)| understood(name, bytes, None))
    .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    letters.xlsx: the file is an archive, and no XLSX workbook (allowed: XLSX, CSV, JSON, NDJSON or YAML; other spreadsheets can be saved as XLSX or as CSV (UTF-8))
    cut.xlsx: the workbook is damaged: invalid Zip archive: Could not find EOCD
    wide.xlsx: the sheet is wider than 1000 columns: row 1 (allowed: 1000 columns)
    backwards.xlsx: the sheet is damaged: row 4 comes too late
    empty.xlsx: the workbook is empty
    old.xls: the file is a document of an old office program, or protected by a password (allowed: a spreadsheet saved as XLSX without a password, or as CSV (UTF-8))
    ");
}
