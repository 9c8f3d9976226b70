//! What the préfecture says of the quarter, in its own words: a text with little markup (Markdown), which becomes blocks.
//!
//! Paragraphs, lists and words of more weight are kept. A heading becomes a paragraph of more weight, a link its text with its address, a table
//! a list of its rows, code the lines that it has, HTML the text that it is: nothing in it can steer a document.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde::{Deserialize, Serialize};

use crate::domain::text::{counted, printable};
use crate::reports::blocks::{self, Block, Span};

/// How many lines of the front pages it may take: what fits there beside the figures, once a chart has made room.
pub const MOST_LINES: usize = 20;
/// How many fit there beside that chart.
const FEW_LINES: usize = 6;
/// How many characters a line has, nearly.
const LINE: usize = 100;

/// The text, as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commentary(String);

/// Why a text is no commentary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommentaryError {
    /// Another encoding.
    #[error("le commentaire n’est pas en UTF-8 (ligne {0})")]
    NotUtf8(usize),
    /// A file that is no text.
    #[error("le commentaire contient un caractère nul : ce n’est pas un fichier de texte")]
    Binary,
    /// More than [`MOST_LINES`].
    #[error("le commentaire prendrait environ {} sur les premières pages du rapport, pour {MOST_LINES} au plus", counted(*.0, "ligne", "lignes"))]
    TooLong(usize),
}

impl CommentaryError {
    /// What to do, in French.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotUtf8(_) => "enregistrez-le de nouveau avec l’encodage UTF-8",
            Self::Binary => "donnez un fichier de texte (.md ou .txt), enregistré en UTF-8",
            Self::TooLong(_) => {
                "raccourcissez-le, ou réunissez des paragraphes : une ligne a une centaine de caractères, et deux paragraphes \
                 de plus prennent une ligne"
            }
        }
    }
}

impl Commentary {
    /// Reads a file. An empty text is one too: it says nothing, and takes the place of an earlier one.
    ///
    /// # Errors
    /// See [`CommentaryError`].
    pub fn read(bytes: &[u8]) -> Result<Self, CommentaryError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            CommentaryError::NotUtf8(before.split(|byte| *byte == b'\n').count())
        })?;
        if text.contains('\0') {
            return Err(CommentaryError::Binary);
        }
        let commentary = Self(text.replace("\r\n", "\n").trim().to_owned());
        let lines = commentary.lines();
        if lines > MOST_LINES { Err(CommentaryError::TooLong(lines)) } else { Ok(commentary) }
    }

    /// How many lines it takes on paper, nearly: those of its paragraphs and items, and half a one between them.
    fn lines(&self) -> usize {
        let blocks = self.blocks();
        let parts = blocks.iter().flat_map(|block| match block {
            Block::Paragraph(spans) => std::slice::from_ref(spans),
            Block::List(items) => items.as_slice(),
            _ => &[],
        });
        let (mut lines, mut number) = (0, 0_usize);
        for spans in parts {
            let text: String = spans.iter().map(shown).collect();
            lines += text.split('\n').map(|line| line.chars().count().div_ceil(LINE)).sum::<usize>();
            number += 1;
        }
        lines + number.saturating_sub(1) / 2
    }

    /// It and a chart do not fit on the front pages together.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.lines() > FEW_LINES
    }

    /// One that was read before.
    #[must_use]
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// As it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Its characters that cannot be printed in the PDF, each once: a small square stands for them.
    #[must_use]
    pub fn unprintable(&self) -> Vec<char> {
        blocks::pdf::unprintable(&self.0).unwrap_or_default()
    }

    /// It says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What of it looks otherwise in a document, in French.
    #[must_use]
    pub fn altered(&self) -> Vec<&'static str> {
        let mut altered = Vec::new();
        for event in self.events() {
            let said = match event {
                Event::Start(Tag::Image { .. }) => "les images n’y sont pas reprises, leur texte seul",
                Event::Start(Tag::Table(_)) => "un tableau y devient une liste, avec un élément pour chaque ligne",
                Event::Html(_) | Event::InlineHtml(_) => "le HTML y est montré tel qu’il est écrit",
                _ => continue,
            };
            if !altered.contains(&said) {
                altered.push(said);
            }
        }
        altered
    }

    /// As blocks of a document.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let mut maker = Maker::default();
        for event in self.events() {
            maker.take(event);
        }
        maker.finish()
    }

    fn events(&self) -> Parser<'_> {
        Parser::new_ext(&self.0, Options::ENABLE_TABLES)
    }
}

/// Makes blocks out of what the parser finds.
#[derive(Debug, Default)]
struct Maker {
    blocks: Vec<Block>,
    /// Of the paragraph or item under way.
    spans: Vec<Span>,
    /// The items of the list under way.
    items: Vec<Vec<Span>>,
    /// The lists under way, the innermost last: the number of the next item, or none.
    lists: Vec<Option<u64>>,
    /// How many enclosing parts give weight.
    weight: usize,
    /// The addresses of the links under way.
    links: Vec<String>,
    /// How many images are under way.
    images: usize,
    /// Whether what comes is code.
    is_code: bool,
    /// The table under way: its headings, and whether they are all there.
    headings: Option<(Vec<String>, bool)>,
    /// The cells of its row under way.
    cells: Vec<String>,
}

impl Maker {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) if self.is_code => self.say_lines(&text),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => self.say(&text),
            // Who breaks a line on purpose means a line of its own.
            Event::HardBreak if self.lists.is_empty() && self.links.is_empty() && self.images == 0 => self.close(),
            Event::SoftBreak | Event::HardBreak => self.say(" "),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.close();
                self.weight += 1;
            }
            Tag::Strong | Tag::Emphasis => self.weight += 1,
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            Tag::Image { .. } => {
                self.images += 1;
                self.say("[image non reprise : ");
            }
            Tag::Table(_) => {
                self.close();
                self.headings = Some((Vec::new(), false));
            }
            Tag::TableCell | Tag::TableRow => self.spans.clear(),
            Tag::List(number) => {
                self.close();
                self.lists.push(number);
            }
            Tag::Item => {
                self.close();
                if let Some(Some(number)) = self.lists.last_mut() {
                    let said = format!("{number}. ");
                    *number += 1;
                    self.say(&said);
                } else if self.lists.iter().filter(|list| list.is_none()).count() > 1 {
                    // The blocks know no list within another.
                    self.say("– ");
                }
            }
            // A second paragraph of an item goes on with it.
            Tag::Paragraph if !self.lists.is_empty() => self.say(" "),
            Tag::CodeBlock(_) => {
                self.close();
                self.is_code = true;
            }
            Tag::Paragraph | Tag::HtmlBlock | Tag::BlockQuote(_) => self.close(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.close();
                self.weight = self.weight.saturating_sub(1);
            }
            TagEnd::Strong | TagEnd::Emphasis => self.weight = self.weight.saturating_sub(1),
            TagEnd::Link => {
                let address = self.links.pop().unwrap_or_default();
                let said: String = self.spans.iter().map(shown).collect();
                let address = address.strip_prefix("mailto:").unwrap_or(&address);
                let is_told = address.starts_with("http") || address.contains('@');
                if is_told && !said.ends_with(address) {
                    self.say(&format!(" ({address})"));
                }
            }
            TagEnd::Image => {
                self.images = self.images.saturating_sub(1);
                self.end_image();
            }
            TagEnd::TableCell => {
                let said: String = std::mem::take(&mut self.spans).iter().map(shown).collect();
                self.cells.push(said.trim().to_owned());
            }
            TagEnd::TableHead => {
                self.headings = Some((std::mem::take(&mut self.cells), true));
            }
            TagEnd::TableRow => self.end_row(),
            TagEnd::Table => {
                self.headings = None;
                self.close_list();
            }
            TagEnd::CodeBlock => {
                self.close();
                self.is_code = false;
            }
            TagEnd::List(_) => {
                self.close();
                self.lists.pop();
                self.close_list();
            }
            TagEnd::Paragraph if !self.lists.is_empty() => {}
            TagEnd::Item | TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::BlockQuote(_) => self.close(),
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        let text = printable(text).replace('\n', " ");
        // No line begins with a space.
        let text = if self.spans.is_empty() { text.trim_start() } else { &text };
        if text.is_empty() {
            return;
        }
        match (self.spans.last_mut(), self.weight > 0) {
            (Some(Span::Text(said)), false) | (Some(Span::Strong(said)), true) => said.push_str(text),
            (_, false) => self.spans.push(Span::Text(text.to_owned())),
            (_, true) => self.spans.push(Span::Strong(text.to_owned())),
        }
    }

    /// Lines of code, each on a line of its own: what stands below what is what they say.
    fn say_lines(&mut self, text: &str) {
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 && self.lists.is_empty() {
                self.close();
            } else if at > 0 {
                self.say(" ");
            }
            self.say(line);
        }
    }

    /// What an image is called is between brackets; one without a name is told all the same.
    fn end_image(&mut self) {
        if let Some(Span::Text(said) | Span::Strong(said)) = self.spans.last_mut() {
            let told = said.trim_end().trim_end_matches(':').trim_end().len();
            said.truncate(told);
        }
        self.say("]");
    }

    /// A row of a table as an item: each cell after its heading.
    fn end_row(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        let Some((headings, _)) = &self.headings else { return };
        let told = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
        let told: Vec<String> = told
            .map(|(at, cell)| match headings.get(at).filter(|heading| !heading.is_empty()) {
                Some(heading) => format!("{heading} : {cell}"),
                None => cell.clone(),
            })
            .collect();
        if !told.is_empty() {
            self.items.push(vec![Span::Text(told.join(" ; "))]);
        }
    }

    /// Ends the paragraph or item under way.
    fn close(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        if spans.iter().all(|span| shown(span).trim().is_empty()) {
            return;
        }
        match self.lists.last() {
            Some(None) => self.items.push(spans),
            // Where it stands within a list, it stays there.
            Some(Some(_)) if self.lists.iter().any(Option::is_none) => self.items.push(spans),
            // The blocks know no numbers: a numbered item is a paragraph.
            Some(Some(_)) => {
                self.close_list();
                self.blocks.push(Block::Paragraph(spans));
            }
            None => self.blocks.push(Block::Paragraph(spans)),
        }
    }

    fn close_list(&mut self) {
        if !self.items.is_empty() && self.lists.iter().all(Option::is_some) {
            self.blocks.push(Block::List(std::mem::take(&mut self.items)));
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.close();
        self.lists.clear();
        self.close_list();
        self.blocks
    }
}

fn shown(span: &Span) -> &str {
    match span {
        Span::Text(text) | Span::Strong(text) | Span::Link { text, .. } => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(said: &str) -> Span {
        Span::Text(said.to_owned())
    }

    fn strong(said: &str) -> Span {
        Span::Strong(said.to_owned())
    }

    fn blocks(source: &str) -> Vec<Block> {
        Commentary::kept(source.to_owned()).blocks()
    }

    #[test]
    fn paragraphs_lists_and_weight_are_kept() {
        assert_eq!(
            blocks("# Avis\n\nLe trimestre est **bon**,\nvoire *très* bon.\n\n- un\n- deux\n  - trois\n\nFin."),
            [
                Block::Paragraph(vec![strong("Avis")]),
                Block::Paragraph(vec![
                    text("Le trimestre est "),
                    strong("bon"),
                    text(", voire "),
                    strong("très"),
                    text(" bon.")
                ]),
                Block::List(vec![vec![text("un")], vec![text("deux")], vec![text("– trois")]]),
                Block::Paragraph(vec![text("Fin.")]),
            ]
        );
        assert_eq!(
            blocks("3. trois\n4. quatre"),
            [Block::Paragraph(vec![text("3. trois")]), Block::Paragraph(vec![text("4. quatre")])]
        );
        assert_eq!(blocks("* a\n\n  b\n* c"), [Block::List(vec![vec![text("a b")], vec![text("c")]])]);
    }

    #[test]
    fn links_and_html_are_text() {
        assert_eq!(
            blocks("[le guide](https://example.org/g) <https://example.org/> [ici](javascript:a)"),
            [Block::Paragraph(vec![text("le guide (https://example.org/g) https://example.org/ ici")])]
        );
        assert_eq!(
            blocks("a <b>b</b>\n\n<script>x</script>"),
            [Block::Paragraph(vec![text("a <b>b</b>")]), Block::Paragraph(vec![text("<script>x</script>")])]
        );
        assert_eq!(
            blocks("[écrire](mailto:ads@example.org) <ads@example.org>"),
            [Block::Paragraph(vec![text("écrire (ads@example.org) ads@example.org")])]
        );
    }

    /// A line for each block, items after a dash.
    fn lines(source: &str) -> Vec<String> {
        let line = |spans: &[Span]| spans.iter().map(shown).collect::<String>();
        let of = |block| match block {
            Block::Paragraph(spans) => vec![line(&spans)],
            Block::List(items) => items.iter().map(|item| format!("- {}", line(item))).collect(),
            other => panic!("{other:?}"),
        };
        blocks(source).into_iter().flat_map(of).collect()
    }

    #[test]
    fn what_documents_have_not_comes_out_readable_and_is_told() {
        let told = |source: &str| Commentary::read(source.as_bytes()).unwrap().altered().len();
        let table = "Avant\n\n| Dép. | Dossiers |\n|---|--:|\n| 77 | **3** |\n| 91 | |\n| | |\n\nAprès";
        assert_eq!(lines(table), ["Avant", "- Dép. : 77 ; Dossiers : 3", "- Dép. : 91", "Après"]);
        assert_eq!(told(table), 1);
        for (image, said) in [
            ("![plan](http://example.org/p.png)", "[image non reprise : plan]"),
            ("Voir ![](p.png) ici", "Voir [image non reprise] ici"),
            ("**![un *deux*](p.png)**", "[image non reprise : un deux]"),
        ] {
            assert_eq!((lines(image), told(image)), (vec![said.to_owned()], 1));
        }
        assert_eq!(told("a <b>b</b>\n\n<p>c</p>"), 1);
        assert_eq!(
            lines("```\nun   deux\n  trois\n```\n\n    quatre\n    cinq"),
            ["un   deux", "trois", "quatre", "cinq"]
        );
        assert_eq!(lines("un\\\ndeux  \ntrois\nquatre"), ["un", "deux", "trois quatre"]);
        let nested = "- a\n  1. x\n  2. y\n     - z\n- b\n\n1. c\n   - d\n2. e";
        assert_eq!(lines(nested), ["- a", "- 1. x", "- 2. y", "- – z", "- b", "1. c", "- d", "2. e"]);
        assert_eq!(
            lines("> cité\n> encore\n\n- [ ] tâche\n\n---\n\n~~non~~ [^1]"),
            ["cité encore", "- [ ] tâche", "~~non~~ [^1]"]
        );
        assert_eq!(told("- [ ] tâche\n\n`code`"), 0);
    }

    #[test]
    fn what_is_no_text_or_too_long_is_refused_and_an_empty_one_says_nothing() {
        assert_eq!(Commentary::read(b"un\ndeux \xe9t\xe9"), Err(CommentaryError::NotUtf8(2)));
        assert_eq!(Commentary::read(b"un\0"), Err(CommentaryError::Binary));
        assert_eq!(Commentary::read("é".repeat(2_001).as_bytes()), Err(CommentaryError::TooLong(21)));
        assert!(Commentary::read("é".repeat(2_000).as_bytes()).unwrap().is_long());
        assert!(!Commentary::read("é".repeat(600).as_bytes()).unwrap().is_long());
        assert_eq!(Commentary::read("é\n\n".repeat(15).as_bytes()), Err(CommentaryError::TooLong(22)));
        assert!(Commentary::read("- é\n".repeat(13).as_bytes()).is_ok());
        let empty = Commentary::read(b"\xef\xbb\xbf \r\n").unwrap();
        assert!(empty.is_empty() && empty.blocks().is_empty());
        assert_eq!(
            CommentaryError::TooLong(1_001).to_string(),
            "le commentaire prendrait environ 1\u{202f}001 lignes sur les premières pages du rapport, pour 20 au plus"
        );
    }

    #[cfg(feature = "pdf")]
    #[test]
    fn what_cannot_be_printed_is_named_once() {
        let commentary = Commentary::read("Été 😀 « œuvre » 4ᵉ — 日本 😀 €".as_bytes()).unwrap();
        assert_eq!(commentary.unprintable(), ['😀', '日', '本']);
    }

    proptest! {
        #[test]
        fn every_text_has_blocks_without_an_empty_one(source in "[a-z*_#>0-9.<\\[\\]() `\n-]{0,200}") {
            for block in blocks(&source) {
                match block {
                    Block::Paragraph(spans) => prop_assert!(!spans.is_empty()),
                    Block::List(items) => prop_assert!(!items.is_empty() && items.iter().all(|item| !item.is_empty())),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }

        #[test]
        fn no_letter_is_lost(words in prop::collection::vec("[a-z]{1,8}", 1..20)) {
            let source = words.join("\n\n- ");
            let said: String = blocks(&source).into_iter().flat_map(|block| match block {
                Block::Paragraph(spans) => spans,
                Block::List(items) => items.concat(),
                _ => Vec::new(),
            }).map(|span| shown(&span).to_owned()).collect();
            prop_assert_eq!(said.split_whitespace().collect::<String>(), words.concat());
        }
    }
}
