//! Every text of a kept document, wherever it stands: for who looks for somebody in it. Nothing is held whole but an HTML page.

use std::io::{Read, Seek};

use calamine::Data;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::WorkbookFormat;
use super::reread::rows;

/// Takes texts: where it stands, in French; what it says.
pub type EachText<'a> = &'a mut dyn FnMut(&str, &str);

/// The formats whose texts can be read, those first that say most of a document. A PDF is not among them: it says what the HTML says.
const READABLE: [&str; 4] = ["json", "ods", "xlsx", "html"];

/// Which formats of a document are to be read so that nothing that it says is left out: the rows of a list as they are kept, else one
/// workbook, and the page.
#[must_use]
pub fn formats_to_read<'a>(formats: &[&'a str]) -> Vec<&'a str> {
    let has = |wanted: &str| formats.iter().copied().find(|format| *format == wanted);
    match READABLE.map(has) {
        [Some(json), ..] => vec![json],
        [None, ods, xlsx, html] => ods.or(xlsx).into_iter().chain(html).collect(),
    }
}

/// Calls `each` with every text of a file; none where it cannot be read to its end.
pub fn texts(format: &str, content: impl Read + Seek, each: EachText<'_>) -> Option<()> {
    match (format, WorkbookFormat::ALL.into_iter().find(|workbook| workbook.code() == format)) {
        (_, Some(workbook)) => of_workbook(workbook, content, each),
        ("json", None) => of_json(content, each),
        ("html", None) => of_page(content, each),
        _ => None,
    }
}

fn of_workbook(format: WorkbookFormat, content: impl Read + Seek, each: EachText<'_>) -> Option<()> {
    rows(format, content, &mut |sheet, at, cells| {
        for cell in cells {
            let place = || format!("feuille « {sheet} », ligne {}", u64::from(at) + 1);
            match cell {
                Data::String(text) => each(&place(), text),
                Data::Int(number) => each(&place(), &number.to_string()),
                Data::Float(number) => each(&place(), &number.to_string()),
                _ => {}
            }
        }
        Some(())
    })
}

fn of_json(content: impl Read, each: EachText<'_>) -> Option<()> {
    let mut walk = Walk { dossier: None, each };
    let mut document = serde_json::Deserializer::from_reader(content);
    Value { walk: &mut walk, name: "" }.deserialize(&mut document).ok()?;
    document.end().ok()
}

/// Goes through a JSON document.
struct Walk<'a> {
    /// The dossier that the row is about.
    dossier: Option<String>,
    each: EachText<'a>,
}

impl Walk<'_> {
    fn tell(&mut self, name: &str, text: &str) {
        let dossier = self.dossier.as_ref().map(|number| format!("dossier {number}, ")).unwrap_or_default();
        (self.each)(&format!("{dossier}{name}"), text);
    }
}

/// The value of a member, or an element of its list.
struct Value<'w, 'a, 'n> {
    walk: &'w mut Walk<'a>,
    name: &'n str,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let around = self.walk.dossier.take();
        while let Some(name) = members.next_key::<String>()? {
            if name == "numero_dossier" {
                let number = members.next_value::<serde_json::Value>()?;
                let number = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
                self.walk.tell(&name, &number);
                self.walk.dossier = Some(number);
            } else {
                members.next_value_seed(Value { walk: &mut *self.walk, name: &name })?;
            }
        }
        self.walk.dossier = around;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(Value { walk: &mut *self.walk, name: self.name })?.is_some() {}
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.walk.tell(self.name, text);
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Elements that stand within a sentence: what they hold belongs to the text around them.
const WITHIN: [&str; 12] = ["a", "abbr", "b", "em", "i", "small", "span", "strong", "sub", "sup", "time", "br"];

/// A page as this program makes it: signs of its own are escaped in all that it quotes.
fn of_page(mut content: impl Read, each: EachText<'_>) -> Option<()> {
    let mut page = String::new();
    content.read_to_string(&mut page).ok()?;
    let body = page.find("<body").and_then(|at| page.get(at..)).unwrap_or(&page);
    let mut sentence = String::new();
    for piece in body.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if WITHIN.contains(&name) {
            sentence.push_str(if name == "br" { " " } else { "" });
        } else {
            tell(&mut sentence, each);
        }
        sentence.push_str(text);
    }
    tell(&mut sentence, each);
    Some(())
}

fn tell(sentence: &mut String, each: EachText<'_>) {
    let text = sentence.trim();
    if !text.is_empty() {
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        each("page", &text);
    }
    sentence.clear();
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn told(format: &str, content: &str) -> (Vec<String>, bool) {
        let mut told = Vec::new();
        let read = texts(format, Cursor::new(content), &mut |place, text| told.push(format!("{place} : {text}")));
        (told, read.is_some())
    }

    #[test]
    fn the_rows_of_a_list_are_told_with_their_dossier() {
        let (told, is_whole) = told(
            "json",
            r#"{"kind": "liste", "rows": [{"departement": "77", "numero_dossier": 7, "beneficiaire": "Melun", "x": null, "y": true, "z": [1.5, -2]}],
               "totals": [{"departement": "77"}]}"#,
        );
        let expected = [
            "kind : liste",
            "departement : 77",
            "numero_dossier : 7",
            "dossier 7, beneficiaire : Melun",
            "dossier 7, z : 1.5",
            "dossier 7, z : -2",
            "departement : 77",
        ];
        assert_eq!((told.as_slice(), is_whole), (expected.map(str::to_owned).as_slice(), true));
        for broken in ["", "{", "{} {}"] {
            assert!(!self::told("json", broken).1, "{broken}");
        }
    }

    #[test]
    fn a_page_is_told_sentence_by_sentence() {
        let (told, _) = told(
            "html",
            "<html><head><title>Rapport</title></head><body class=\"a\"><h1>Titre</h1>\n<p>Jean <strong>Dupont</strong> &amp; fils<br>ici</p>\
             <table><tr><td>un</td><td>&lt;deux&gt;</td></tr></table></body></html>",
        );
        assert_eq!(told, ["page : Titre", "page : Jean Dupont & fils ici", "page : un", "page : <deux>"]);
    }

    #[test]
    fn what_says_all_of_a_document_is_read_and_no_more() {
        assert_eq!(formats_to_read(&["csv", "json", "ods", "xlsx"]), ["json"]);
        assert_eq!(formats_to_read(&["html", "ods", "pdf", "xlsx"]), ["ods", "html"]);
        assert_eq!(formats_to_read(&["xlsx", "html"]), ["xlsx", "html"]);
        assert_eq!(formats_to_read(&["pdf"]), [] as [&str; 0]);
        assert!(!self::told("pdf", "%PDF").1);
    }
}
