//! The document as a page to be read: no script, and nothing from elsewhere.

use std::fmt::Write;

use serde_json::Value;

/// What the page looks like; a file of its own, since the policy allows no style inside a page.
pub(crate) const STYLE: &str = include_str!("page.css");

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];
/// Schemas nest no deeper on the page; the document has all of it.
const DEEPEST: usize = 6;

pub(super) fn render(document: &Value) -> String {
    let mut page = String::with_capacity(512 * 1024);
    let info = &document["info"];
    let title = escaped(text(&info["title"]));
    page.push_str("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    let _ = write!(page, "<title>{title} · HTTP API</title>");
    page.push_str(
        "<link rel=\"stylesheet\" href=\"/api/reference/style.css\"></head><body><nav><h2>Contents</h2>",
    );
    let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().collect();
    for tag in &tags {
        let name = text(&tag["name"]);
        let _ = write!(
            page,
            "<h3><a href=\"#{}\">{}</a></h3><ul>",
            anchor(name),
            escaped(name)
        );
        for (path, method, operation) in operations(document, name) {
            let id = escaped(text(&operation["operationId"]));
            let summary = escaped(text(&operation["summary"]));
            let _ = write!(
                page,
                "<li><a href=\"#{id}\" title=\"{summary}\"><b class=\"{method}\">{}</b> {}</a></li>",
                method.to_uppercase(),
                escaped(path),
            );
        }
        page.push_str("</ul>");
    }
    page.push_str("<h3><a href=\"#schemas\">Schemas</a></h3></nav><main>");
    let _ = write!(
        page,
        "<h1>{title} <small>{}</small></h1>",
        escaped(text(&info["version"]))
    );
    prose(&mut page, text(&info["description"]));
    page.push_str("<p>For programs: <a href=\"/api/openapi.json\">OpenAPI 3.1</a>.</p>");
    for tag in &tags {
        let name = text(&tag["name"]);
        let _ = write!(
            page,
            "<section id=\"{}\"><h2>{}</h2>",
            anchor(name),
            escaped(name)
        );
        prose(&mut page, text(&tag["description"]));
        for (path, method, described) in operations(document, name) {
            operation(&mut page, document, path, method, described);
        }
        page.push_str("</section>");
    }
    schemas(&mut page, document);
    page.push_str("</main></body></html>");
    page
}

/// The operations with this tag, in the order of the document.
fn operations<'d>(
    document: &'d Value,
    tag: &'d str,
) -> impl Iterator<Item = (&'d str, &'static str, &'d Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            METHODS
                .iter()
                .map(move |method| (path.as_str(), *method, &item[*method]))
        })
        .filter(move |(_, _, operation)| {
            let tags = operation["tags"].as_array();
            tags.is_some_and(|tags| tags.iter().any(|of| of == tag))
        })
}

fn operation(page: &mut String, document: &Value, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        page,
        "<article id=\"{}\"><h3><b class=\"{method}\">{}</b> <code>{}</code></h3><p class=\"summary\">{}</p>",
        escaped(text(&operation["operationId"])),
        method.to_uppercase(),
        escaped(path),
        inline(text(&operation["summary"])),
    );
    prose(page, text(&operation["description"]));
    let parameters = operation["parameters"].as_array();
    if let Some(parameters) = parameters.filter(|parameters| !parameters.is_empty()) {
        page.push_str("<h4>Parameters</h4><dl>");
        for parameter in parameters {
            let needed = if parameter["required"] == true {
                ", required"
            } else {
                ""
            };
            let _ = write!(
                page,
                "<dt><code>{}</code> <small>{}{needed}</small></dt><dd>{} {}</dd>",
                escaped(text(&parameter["name"])),
                escaped(text(&parameter["in"])),
                kind(&parameter["schema"]),
                inline(text(&parameter["description"])),
            );
        }
        page.push_str("</dl>");
    }
    if let Some(content) = operation["requestBody"]["content"].as_object() {
        page.push_str("<h4>Body</h4>");
        prose(page, text(&operation["requestBody"]["description"]));
        media(page, content);
    }
    page.push_str("<h4>Answers</h4><dl>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let response = resolved(document, response);
        let _ = write!(
            page,
            "<dt><code>{}</code></dt><dd>{}",
            escaped(status),
            inline(text(&response["description"])),
        );
        if let Some(content) = response["content"].as_object() {
            media(page, content);
        }
        page.push_str("</dd>");
    }
    page.push_str("</dl></article>");
}

fn media(page: &mut String, content: &serde_json::Map<String, Value>) {
    for (name, media) in content {
        let _ = write!(
            page,
            "<p><small>{}</small> {}</p>",
            escaped(name),
            kind(&media["schema"])
        );
    }
}

fn schemas(page: &mut String, document: &Value) {
    page.push_str("<section id=\"schemas\"><h2>Schemas</h2>");
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let _ = write!(
            page,
            "<details id=\"schema-{0}\"><summary><code>{0}</code></summary>",
            escaped(name)
        );
        prose(page, text(&schema["description"]));
        properties(page, schema, 0);
        page.push_str("</details>");
    }
    page.push_str("</section>");
}

fn properties(page: &mut String, schema: &Value, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    if let Some(properties_of) = schema["properties"].as_object() {
        page.push_str("<dl>");
        let required = schema["required"].as_array();
        for (name, property) in properties_of {
            let needed = required.is_some_and(|required| required.iter().any(|one| one == name));
            let _ = write!(
                page,
                "<dt><code>{}</code>{}</dt><dd>{} {}",
                escaped(name),
                if needed { " <small>always</small>" } else { "" },
                kind(property),
                inline(text(&property["description"])),
            );
            properties(page, property, depth + 1);
            page.push_str("</dd>");
        }
        page.push_str("</dl>");
    } else if schema.get("properties").is_none() {
        let _ = write!(page, "<p>{}</p>", kind(schema));
    }
    for branch in ["oneOf", "anyOf", "allOf"] {
        for part in schema[branch].as_array().into_iter().flatten() {
            if let Some(title) = part["title"].as_str() {
                let _ = write!(page, "<h5>{}</h5>", escaped(title));
            }
            properties(page, part, depth + 1);
        }
    }
}

/// The type of a value in a few words, with a link where it has a schema of its own.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|to| to.strip_prefix("#/components/schemas/"))
    {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escaped(name));
    }
    for branch in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[branch].as_array() {
            let kinds: Vec<String> = parts.iter().map(kind).filter(|kind| !kind.is_empty()).collect();
            return kinds.join(if branch == "allOf" { " and " } else { " or " });
        }
    }
    if let Some(only) = schema.get("const") {
        return format!("<code>{}</code>", escaped(&only.to_string()));
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words
            .iter()
            .map(|word| format!("<code>{}</code>", escaped(word.as_str().unwrap_or_default())))
            .collect();
        return words.join(", ");
    }
    let mut name = match &schema["type"] {
        Value::String(one) => one.clone(),
        Value::Array(several) => several.iter().map(text).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    };
    if let Some(format) = schema["format"]
        .as_str()
        .filter(|format| !format.starts_with("int"))
    {
        name = format!("{name} ({format})");
    }
    let name = escaped(&name);
    match schema.get("items") {
        Some(items) => format!("{name} of {}", kind(items)),
        None => name,
    }
}

fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let to = value["$ref"].as_str().and_then(|to| to.strip_prefix('#'));
    to.and_then(|to| document.pointer(to)).unwrap_or(value)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

/// Paragraphs, with code in backticks.
fn prose(page: &mut String, text: &str) {
    for paragraph in text
        .split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
    {
        let _ = write!(page, "<p>{}</p>", inline(paragraph));
    }
}

fn inline(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        match index % 2 {
            0 => html.push_str(&escaped(part)),
            _ => {
                let _ = write!(html, "<code>{}</code>", escaped(part));
            }
        }
    }
    html
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter => safe.push(letter),
        }
    }
    safe
}
