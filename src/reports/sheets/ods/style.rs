//! How cells, columns, rows and pages look.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::{Line, Tone};

/// The types of cells that look otherwise than others.
pub(super) const TEXT: &str = "text";
pub(super) const INTEGER: &str = "integer";
pub(super) const AMOUNT: &str = "amount";
pub(super) const SHARE: &str = "share";
pub(super) const DATE: &str = "date";
const KINDS: [&str; 5] = [TEXT, INTEGER, AMOUNT, SHARE, DATE];

pub(super) const HEADING: &str = "heading";
/// How high a row is, in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Height {
    /// A line.
    Usual,
    /// Until the spreadsheet finds out better.
    About(u32),
    /// Whatever it finds out: of texts over many columns it finds nothing.
    Fixed(u32),
}

impl Height {
    pub fn at_least(height: Option<u32>) -> Self {
        height.map_or(Self::Usual, Self::About)
    }
}

pub(super) const FONTS: &str = "<office:font-face-decls><style:font-face style:name=\"Liberation Sans\" \
    svg:font-family=\"'Liberation Sans', Arial\" style:font-family-generic=\"swiss\" style:font-pitch=\"variable\"/>\
    </office:font-face-decls>";

pub(super) const COMMON: &str = "<office:font-face-decls><style:font-face style:name=\"Liberation Sans\" \
    svg:font-family=\"'Liberation Sans', Arial\" style:font-family-generic=\"swiss\" style:font-pitch=\"variable\"/>\
    </office:font-face-decls><office:styles><style:default-style style:family=\"table-cell\">\
    <style:text-properties style:font-name=\"Liberation Sans\" fo:font-size=\"10pt\" fo:language=\"fr\" fo:country=\"FR\"/>\
    </style:default-style><style:style style:name=\"Default\" style:family=\"table-cell\"/></office:styles>";

/// How numbers and days are written. A negative amount is red.
const NUMBERS: &str = "<number:number-style style:name=\"Ninteger\"><number:number number:decimal-places=\"0\" \
    number:min-integer-digits=\"1\"/></number:number-style>\
    <number:currency-style style:name=\"Namountplus\" style:volatile=\"true\" number:language=\"fr\" number:country=\"FR\"><number:number number:decimal-places=\"2\" \
    number:min-decimal-places=\"2\" number:min-integer-digits=\"1\" number:grouping=\"true\"/><number:text>\u{a0}</number:text>\
    <number:currency-symbol number:language=\"fr\" number:country=\"FR\">€</number:currency-symbol></number:currency-style>\
    <number:currency-style style:name=\"Namount\" number:language=\"fr\" number:country=\"FR\"><style:text-properties fo:color=\"#c00000\"/><number:text>-</number:text>\
    <number:number number:decimal-places=\"2\" number:min-decimal-places=\"2\" number:min-integer-digits=\"1\" \
    number:grouping=\"true\"/><number:text>\u{a0}</number:text><number:currency-symbol number:language=\"fr\" \
    number:country=\"FR\">€</number:currency-symbol><style:map style:condition=\"value()&gt;=0\" \
    style:apply-style-name=\"Namountplus\"/></number:currency-style>\
    <number:percentage-style style:name=\"Nshare\" number:language=\"fr\" number:country=\"FR\"><number:number number:decimal-places=\"1\" number:min-decimal-places=\"1\" \
    number:min-integer-digits=\"1\"/><number:text>\u{a0}%</number:text></number:percentage-style>\
    <number:date-style style:name=\"Ndate\"><number:day number:style=\"long\"/><number:text>/</number:text>\
    <number:month number:style=\"long\"/><number:text>/</number:text><number:year number:style=\"long\"/></number:date-style>";

/// Letter by letter as XLSX: ink, edges, grounds.
const INK: &str = "#000091";
const EDGE: &str = "0.5pt solid #c8ccd6";

fn tone_name(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Strong => "strong",
        Tone::Group => "group",
        Tone::Muted => "muted",
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
        Tone::Open => "open",
    }
}

/// The name of the style of a cell.
pub(super) fn cell(tone: Tone, kind: &str) -> String {
    format!("{}-{kind}", tone_name(tone))
}

/// The name of the style of a line of running text.
pub(super) fn line(line: Line) -> &'static str {
    match line {
        Line::Title => "title",
        Line::Alert => "alert",
        Line::Section => "section",
        Line::Note => "note",
    }
}

/// The name of the style of a row.
pub(super) fn row(height: Height) -> String {
    match height {
        Height::Usual => "ro".to_owned(),
        Height::About(points) => format!("ro{points}"),
        Height::Fixed(points) => format!("rf{points}"),
    }
}

/// The styles of cells and of what they hold.
pub(super) fn cells() -> String {
    let mut text = NUMBERS.to_owned();
    for tone in Tone::ALL {
        for kind in KINDS {
            text.push_str(&cell_style(tone, kind));
        }
    }
    let _ = write!(
        text,
        "<style:style style:name=\"{HEADING}\" style:family=\"table-cell\"><style:table-cell-properties \
         fo:background-color=\"{INK}\" fo:border=\"{EDGE}\" fo:wrap-option=\"wrap\" style:vertical-align=\"middle\"/>\
         <style:text-properties fo:font-weight=\"bold\" fo:color=\"#ffffff\"/></style:style>"
    );
    for line in Line::ALL {
        let look = match line {
            Line::Title => format!("fo:font-size=\"16pt\" fo:font-weight=\"bold\" fo:color=\"{INK}\""),
            Line::Alert => "fo:font-size=\"12pt\" fo:font-weight=\"bold\" fo:color=\"#b34000\"".to_owned(),
            Line::Section => format!("fo:font-size=\"12pt\" fo:font-weight=\"bold\" fo:color=\"{INK}\""),
            Line::Note => "fo:font-size=\"10pt\"".to_owned(),
        };
        let _ = write!(
            text,
            "<style:style style:name=\"{}\" style:family=\"table-cell\"><style:table-cell-properties fo:wrap-option=\"wrap\" \
             style:vertical-align=\"top\" style:text-align-source=\"fix\"/><style:paragraph-properties fo:text-align=\"start\"/>\
             <style:text-properties {look}/></style:style>",
            self::line(line)
        );
    }
    text
}

fn cell_style(tone: Tone, kind: &str) -> String {
    let ground = match tone {
        Tone::Plain => "",
        Tone::Strong => " fo:background-color=\"#e3e8f7\"",
        Tone::Group => " fo:background-color=\"#f1f3fb\"",
        Tone::Muted => " fo:background-color=\"#f4f4f4\"",
        Tone::Good => " fo:background-color=\"#ddf3e0\"",
        Tone::Warning => " fo:background-color=\"#fff0cc\"",
        Tone::Bad => " fo:background-color=\"#fbdedc\"",
        Tone::Open => " fo:background-color=\"#fffce5\"",
    };
    let font = match tone {
        Tone::Strong => " fo:font-weight=\"bold\"".to_owned(),
        Tone::Group => format!(" fo:font-weight=\"bold\" fo:font-size=\"11pt\" fo:color=\"{INK}\""),
        Tone::Muted => " fo:font-style=\"italic\" fo:color=\"#6a6a6a\"".to_owned(),
        _ => String::new(),
    };
    let border = if tone == Tone::Group {
        format!("fo:border-bottom=\"0.5pt solid {INK}\"")
    } else {
        format!("fo:border=\"{EDGE}\"")
    };
    let (wrap, align) = match kind {
        TEXT if tone == Tone::Group => ("no-wrap", "start"),
        TEXT => ("wrap", "start"),
        DATE => ("no-wrap", "center"),
        _ => ("no-wrap", "end"),
    };
    let data = if kind == TEXT { String::new() } else { format!(" style:data-style-name=\"N{kind}\"") };
    let text = if font.is_empty() { String::new() } else { format!("<style:text-properties{font}/>") };
    format!(
        "<style:style style:name=\"{}\" style:family=\"table-cell\" style:parent-style-name=\"Default\"{data}>\
         <style:table-cell-properties{ground} {border} fo:wrap-option=\"{wrap}\" style:vertical-align=\"top\" \
         style:text-align-source=\"fix\"/><style:paragraph-properties fo:text-align=\"{align}\"/>{text}</style:style>",
        cell(tone, kind)
    )
}

/// The style of the columns so many characters wide: not quite two millimetres each, and a little.
pub(super) fn column(width: u8) -> String {
    let tenths = u32::from(width) * 19 + 10;
    format!(
        "<style:style style:name=\"co{width}\" style:family=\"table-column\"><style:table-column-properties \
         style:column-width=\"{}.{}mm\"/></style:style>",
        tenths / 10,
        tenths % 10
    )
}

/// The styles of rows.
pub(super) fn row_heights(heights: &BTreeSet<Height>) -> String {
    let mut text = String::new();
    for height in heights {
        let points = match height {
            Height::Usual => String::new(),
            Height::About(points) | Height::Fixed(points) => format!(" style:row-height=\"{points}pt\""),
        };
        let is_found_out = !matches!(height, Height::Fixed(_));
        let _ = write!(
            text,
            "<style:style style:name=\"{}\" style:family=\"table-row\"><style:table-row-properties{points} \
             style:use-optimal-row-height=\"{is_found_out}\"/></style:style>",
            row(*height)
        );
    }
    text
}

/// The page of a sheet: all its columns on so many of them, side by side.
pub(super) fn page(index: usize, (width, height): (&str, &str), pages_wide: u16) -> String {
    format!(
        "<style:page-layout style:name=\"pm{index}\"><style:page-layout-properties fo:page-width=\"{width}\" \
         fo:page-height=\"{height}\" style:print-orientation=\"landscape\" fo:margin-top=\"1cm\" fo:margin-bottom=\"1cm\" \
         fo:margin-left=\"1cm\" fo:margin-right=\"1cm\" style:scale-to-X=\"{pages_wide}\" style:scale-to-Y=\"0\" \
         style:first-page-number=\"continue\" style:print-page-order=\"ltr\" style:writing-mode=\"lr-tb\"/><style:header-style><style:header-footer-properties fo:min-height=\"0.8cm\" \
         fo:margin-bottom=\"0.3cm\"/></style:header-style><style:footer-style><style:header-footer-properties \
         fo:min-height=\"0.8cm\" fo:margin-top=\"0.3cm\"/></style:footer-style></style:page-layout>"
    )
}
