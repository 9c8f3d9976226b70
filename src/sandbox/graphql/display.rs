//! `stringValue`: the text of an answer, for display (API facts, 4.6).

use jiff::civil::Date;

use super::record::decimal_text;
use crate::domain::instant::paris;
use crate::domain::period::month_name;
use crate::sandbox::world::{Address, FormCommune, Kind, Value};

/// The text of an answer, or of none; null for what has no text.
#[must_use]
pub fn string_value(kind: Kind, value: Option<&Value>) -> Option<String> {
    let Some(value) = value else {
        return match kind {
            Kind::TitreIdentite => None,
            Kind::Checkbox => Some("false".to_owned()),
            _ => Some(String::new()),
        };
    };
    Some(match value {
        Value::Text(text) | Value::Choice(text) => text.clone(),
        Value::Bool(answer) => answer.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(amount) => decimal_text(*amount),
        Value::Date(day) => long_date(*day),
        Value::Datetime(instant) => {
            let local = instant.to_zoned(paris());
            format!("{} {}", long_date(local.date()), local.strftime("%H:%M"))
        }
        Value::Choices(choices) => choices.join(", "),
        Value::Linked(primary, secondary) => format!("{primary} / {secondary}"),
        Value::Commune(place) => format!("{} ({})", place.name, place.postal_code),
        Value::Coded(code, name) if kind == Kind::Departement => format!("{code} - {name}"),
        Value::Coded(code, name) if matches!(kind, Kind::Rna | Kind::Rnf) => format!("{code} ({name})"),
        Value::Coded(_, name) => name.clone(),
        Value::Address(address) => address_label(address),
        Value::Siret(company) => company.siret.clone(),
        Value::Rows(_) | Value::BrokenDate => String::new(),
        Value::Files(files) if files.is_empty() => String::new(),
        Value::Files(_) | Value::Present => return None,
    })
}

/// An address in one line.
#[must_use]
pub fn address_label(Address { street, place: FormCommune { name, postal_code, .. } }: &Address) -> String {
    format!("{street} {postal_code} {name}")
}

fn long_date(day: Date) -> String {
    let month = month_name(day.month());
    format!("{} {month} {}", day.day(), day.year())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Cents;

    #[test]
    fn texts_are_those_of_the_api() {
        let date = jiff::civil::date(2019, 7, 10);
        let show = |kind, value| string_value(kind, Some(&value));
        assert_eq!(show(Kind::Date, Value::Date(date)).as_deref(), Some("10 juillet 2019"));
        let paris = Value::Coded("75".to_owned(), "Paris".to_owned());
        assert_eq!(show(Kind::Departement, paris).as_deref(), Some("75 - Paris"));
        assert_eq!(show(Kind::DecimalNumber, Value::Decimal(Cents(525_040))).as_deref(), Some("5250.4"));
        let linked = Value::Linked("a".to_owned(), "b".to_owned());
        assert_eq!(show(Kind::LinkedDropDownList, linked).as_deref(), Some("a / b"));
        assert_eq!(show(Kind::Carte, Value::Present), None);
    }

    #[test]
    fn blanks_have_their_own_texts() {
        assert_eq!(string_value(Kind::Checkbox, None).as_deref(), Some("false"));
        assert_eq!(string_value(Kind::YesNo, None).as_deref(), Some(""));
        assert_eq!(string_value(Kind::TitreIdentite, None), None);
    }
}
