//! Formulas, as both formats write them.

use std::fmt::Write as _;

use super::WorkbookFormat;

/// Cells of one column, from row to row, both counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reports) struct Area {
    /// The sheet where they stand; none: that of the formula.
    sheet: Option<&'static str>,
    column: u16,
    first: u32,
    last: u32,
}

impl Area {
    /// Of the sheet of the formula.
    pub const fn new(column: u16, first: u32, last: u32) -> Self {
        Self { sheet: None, column, first, last }
    }

    /// One cell.
    pub const fn cell(column: u16, row: u32) -> Self {
        Self::new(column, row, row)
    }

    /// The same cells of another sheet.
    pub const fn on(self, sheet: &'static str) -> Self {
        Self { sheet: Some(sheet), ..self }
    }

    fn write(self, format: WorkbookFormat, to: &mut String) {
        let Self { sheet, column, first, last } = self;
        let (column, first, last) = (column_name(column), first + 1, last + 1);
        let sheet = sheet.map(|name| format!("'{}'", name.replace('\'', "''")));
        let _ = match (format, first == last) {
            (WorkbookFormat::Xlsx, is_one) => {
                let sheet = sheet.map(|name| name + "!").unwrap_or_default();
                if is_one {
                    write!(to, "{sheet}{column}{first}")
                } else {
                    write!(to, "{sheet}{column}{first}:{column}{last}")
                }
            }
            (WorkbookFormat::Ods, is_one) => {
                let sheet = sheet.map(|name| format!("${name}")).unwrap_or_default();
                if is_one {
                    write!(to, "[{sheet}.{column}{first}]")
                } else {
                    write!(to, "[{sheet}.{column}{first}:.{column}{last}]")
                }
            }
        };
    }
}

/// Cells of a column, and the text that those looked for say.
pub(in crate::reports) type Saying = (Area, String);

/// What computes a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::reports) enum Formula {
    /// What is in one cell.
    Of(Area),
    /// The sum of all cells of all areas.
    Sum(Vec<Area>),
    /// How many cells are not empty.
    Filled(Area),
    /// In how many rows every cell says its text.
    CountWhere(Vec<Saying>),
    /// The sum of the cells of an area in whose rows every other cell says its text.
    SumWhere(Area, Vec<Saying>),
    /// All together.
    Plus(Vec<Formula>),
    /// The first less the others.
    Less(Box<Formula>, Vec<Formula>),
    /// A ratio.
    Over(Box<Formula>, Box<Formula>),
}

impl Formula {
    /// As it stands in a file: without the sign of equality in XLSX, with its prefix in ODS.
    pub(super) fn text(&self, format: WorkbookFormat) -> String {
        let mut text = String::new();
        if format == WorkbookFormat::Ods {
            text.push_str("of:=");
        }
        self.write(format, &mut text);
        text
    }

    fn write(&self, format: WorkbookFormat, to: &mut String) {
        let comma = comma(format);
        match self {
            Self::Of(area) => area.write(format, to),
            Self::Sum(areas) => {
                to.push_str("SUM(");
                for (index, area) in areas.iter().enumerate() {
                    to.push_str(if index > 0 { comma } else { "" });
                    area.write(format, to);
                }
                to.push(')');
            }
            Self::Filled(area) => {
                to.push_str("COUNTA(");
                area.write(format, to);
                to.push(')');
            }
            Self::CountWhere(all) => {
                to.push_str("COUNTIFS(");
                write_all(all, format, to);
                to.push(')');
            }
            Self::SumWhere(amounts, all) => {
                to.push_str("SUMIFS(");
                amounts.write(format, to);
                to.push_str(comma);
                write_all(all, format, to);
                to.push(')');
            }
            Self::Plus(all) => {
                for (index, formula) in all.iter().enumerate() {
                    to.push_str(if index > 0 { "+" } else { "" });
                    formula.write(format, to);
                }
            }
            Self::Less(first, others) => {
                first.write(format, to);
                for other in others {
                    to.push('-');
                    other.write(format, to);
                }
            }
            Self::Over(above, below) => {
                above.write(format, to);
                to.push('/');
                below.write(format, to);
            }
        }
    }
}

const fn comma(format: WorkbookFormat) -> &'static str {
    match format {
        WorkbookFormat::Xlsx => ",",
        WorkbookFormat::Ods => ";",
    }
}

fn write_all(all: &[Saying], format: WorkbookFormat, to: &mut String) {
    for (index, (cells, text)) in all.iter().enumerate() {
        to.push_str(if index > 0 { comma(format) } else { "" });
        cells.write(format, to);
        let _ = write!(to, "{}\"{text}\"", comma(format));
    }
}

/// `A`, `Z`, `AA`…
pub(in crate::reports) fn column_name(column: u16) -> String {
    let mut name = String::new();
    let mut left = u32::from(column) + 1;
    while left > 0 {
        let letter = u8::try_from((left - 1) % 26).unwrap_or_default();
        name.insert(0, char::from(b'A' + letter));
        left = (left - 1) / 26;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_written_as_each_format_has_it() {
        let rows = Area::new(8, 4, 9);
        let cases = [
            (Formula::Sum(vec![rows, Area::cell(8, 11)]), "SUM(I5:I10,I12)", "of:=SUM([.I5:.I10];[.I12])"),
            (Formula::Filled(rows.on("Liste")), "COUNTA('Liste'!I5:I10)", "of:=COUNTA([$'Liste'.I5:.I10])"),
            (
                Formula::SumWhere(
                    rows,
                    vec![
                        (Area::new(12, 4, 9).on("L’une d'elles"), "Accepté".to_owned()),
                        (Area::new(13, 4, 9), "2021-T3".to_owned()),
                    ],
                ),
                "SUMIFS(I5:I10,'L’une d''elles'!M5:M10,\"Accepté\",N5:N10,\"2021-T3\")",
                "of:=SUMIFS([.I5:.I10];[$'L’une d''elles'.M5:.M10];\"Accepté\";[.N5:.N10];\"2021-T3\")",
            ),
            (
                Formula::Less(
                    Box::new(Formula::Of(Area::cell(0, 0))),
                    vec![Formula::CountWhere(vec![(rows, "Refusé".to_owned())])],
                ),
                "A1-COUNTIFS(I5:I10,\"Refusé\")",
                "of:=[.A1]-COUNTIFS([.I5:.I10];\"Refusé\")",
            ),
            (
                Formula::Plus(vec![Formula::Filled(rows), Formula::CountWhere(vec![(rows, "Refusé".to_owned())])]),
                "COUNTA(I5:I10)+COUNTIFS(I5:I10,\"Refusé\")",
                "of:=COUNTA([.I5:.I10])+COUNTIFS([.I5:.I10];\"Refusé\")",
            ),
            (
                Formula::Over(
                    Box::new(Formula::Of(Area::cell(26, 0))),
                    Box::new(Formula::Of(Area::cell(51, 1).on("Crédits"))),
                ),
                "AA1/'Crédits'!AZ2",
                "of:=[.AA1]/[$'Crédits'.AZ2]",
            ),
        ];
        for (formula, xlsx, ods) in cases {
            assert_eq!(formula.text(WorkbookFormat::Xlsx), xlsx);
            assert_eq!(formula.text(WorkbookFormat::Ods), ods);
        }
    }
}
