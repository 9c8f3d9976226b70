//! Amounts, whole numbers, days and texts out of one champ. Free text is read strictly: what a person could read in
//! two ways is refused, never rounded and never guessed.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::champ::{Champ, ChampValue};
use crate::domain::instant::paris_date;
use crate::domain::money::{Cents, MoneyError};

use super::read::Refusal;

/// An amount. That of an *engagement juridique* champ is refused: its amounts are placeholders (API facts, 4.2).
///
/// # Errors
/// Blank, or not an amount to the cent.
pub(super) fn amount(champ: &Champ) -> Result<Cents, Refusal> {
    if champ.type_name == "EngagementJuridiqueChamp" {
        let reason = "un champ d’engagement juridique ne donne que le numéro d’EJ, pas de montant";
        return Err(Refusal::Misplaced(reason.to_owned()));
    }
    let read = match &champ.value {
        ChampValue::Decimal(euros) => Cents::from_decimal(*euros),
        ChampValue::Integer(euros) => Cents::from_decimal(Decimal::from(*euros)),
        ChampValue::Text(text) | ChampValue::Choice(text) if !champ.value.is_blank() => {
            Cents::parse(&plain_number(text)?)
        }
        value if value.is_blank() => return Err(Refusal::Blank),
        _ => return Err(Refusal::kind(champ)),
    };
    read.map_err(|error| {
        Refusal::Unreadable(
            match error {
                MoneyError::NotANumber(_) => "ce n’est pas un montant",
                MoneyError::SubCent(_) => "le montant a plus de deux décimales",
                MoneyError::TooLarge(_) => "le montant dépasse mille milliards d’euros",
            }
            .to_owned(),
        )
    })
}

/// A whole number, zero or more.
///
/// # Errors
/// Blank, negative, or not a whole number.
pub(super) fn integer(champ: &Champ) -> Result<i64, Refusal> {
    let not_whole = || Refusal::Unreadable("ce n’est pas un nombre entier".to_owned());
    let number = match &champ.value {
        ChampValue::Integer(number) => *number,
        ChampValue::Decimal(number) if number.is_integer() => number.to_i64().ok_or_else(not_whole)?,
        ChampValue::Text(text) | ChampValue::Choice(text) if !champ.value.is_blank() => {
            plain_number(text)?.parse().map_err(|_| not_whole())?
        }
        value if value.is_blank() => return Err(Refusal::Blank),
        ChampValue::Decimal(_) => return Err(not_whole()),
        _ => return Err(Refusal::kind(champ)),
    };
    if number < 0 { Err(Refusal::Unreadable("le nombre est négatif".to_owned())) } else { Ok(number) }
}

/// What is wrong with a free text that is no number.
pub(super) const NOT_A_NUMBER: &str = "réponse libre non reconnue comme un nombre";

/// A number as French people write it, brought to plain digits: `− 5 250,40 €` gives `-5250.40`.
///
/// Spaces may only part thousands. More than two decimals are refused: in `12.000` the point parts thousands for
/// some and decimals for others.
fn plain_number(text: &str) -> Result<String, Refusal> {
    let refused = || Refusal::Unreadable(NOT_A_NUMBER.to_owned());
    let mut rest = text.trim().to_lowercase();
    while let Some(shorter) =
        ["ht", "ttc", "€", "euros", "euro", "eur"].iter().find_map(|unit| rest.strip_suffix(unit)).map(str::trim_end)
    {
        rest = shorter.to_owned();
    }
    let unsigned = rest.strip_prefix(['-', '−']).map(str::trim_start);
    let sign = if unsigned.is_some() { "-" } else { "" };
    let number = unsigned.unwrap_or(&rest);
    let (whole, fraction) = number.split_once([',', '.']).unwrap_or((number, ""));
    let has_separator = number.contains([',', '.']);
    let fraction_is_plain = fraction.chars().all(|c| c.is_ascii_digit()) && has_separator != fraction.is_empty();
    if !fraction_is_plain {
        return Err(refused());
    }
    if fraction.len() > 2 {
        let reason = "nombre équivoque : plus de deux chiffres suivent la virgule ou le point";
        return Err(Refusal::Unreadable(reason.to_owned()));
    }
    let whole = whole_digits(whole).ok_or_else(refused)?;
    Ok(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// The digits of a whole number whose thousands may be parted by spaces.
fn whole_digits(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split(char::is_whitespace).collect();
    let digits = |group: &&str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let (first, others) = groups.split_first()?;
    let thousands = others.is_empty() || (first.len() <= 3 && others.iter().all(|group| group.len() == 3));
    (thousands && groups.iter().all(digits)).then(|| groups.concat())
}

/// A day: of a date, of an instant in Paris, or of a text `AAAA-MM-JJ` or `JJ/MM/AAAA`.
///
/// Years before 2000 or after 2100 are refused as slips of the keyboard: year 202 would satisfy every deadline.
///
/// # Errors
/// Blank, or not a day.
pub(super) fn date(champ: &Champ) -> Result<Date, Refusal> {
    let day = match &champ.value {
        ChampValue::Date(day) => *day,
        ChampValue::Datetime(instant) => paris_date(*instant),
        ChampValue::Text(text) | ChampValue::Choice(text) if !champ.value.is_blank() => {
            day_in(text).ok_or_else(|| {
                Refusal::Unreadable("réponse libre non reconnue comme une date : JJ/MM/AAAA est attendu".to_owned())
            })?
        }
        value if value.is_blank() => return Err(Refusal::Blank),
        _ => return Err(Refusal::kind(champ)),
    };
    if (2000..=2100).contains(&day.year()) {
        Ok(day)
    } else {
        Err(Refusal::Unreadable(format!("l’année {} n’est pas plausible", day.year())))
    }
}

fn day_in(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.trim().split(['/', '-', '.']).map(str::trim).collect();
    let [a, month, c] = parts.as_slice() else { return None };
    let (year, day) = if a.len() == 4 { (a, c) } else { (c, a) };
    let digits =
        |part: &str, longest: usize| (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// How many characters of a text are taken for a fact: forty pages. Whoever reads every dossier of a period at once must be able
/// to; what is stored of the champ is all of it.
const LONGEST_TEXT: usize = 100_000;

/// The answer as text, as people read it, cut after [`LONGEST_TEXT`] characters.
///
/// # Errors
/// Blank, or a kind that says nothing in words.
pub(super) fn text(champ: &Champ) -> Result<String, Refusal> {
    let shown = || champ.display.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let text = match &champ.value {
        value if value.is_blank() => return Err(Refusal::Blank),
        ChampValue::Text(text) | ChampValue::Choice(text) => text.trim().to_owned(),
        ChampValue::YesNo(yes) | ChampValue::Checkbox(yes) => if *yes { "oui" } else { "non" }.to_owned(),
        ChampValue::Integer(number) => number.to_string(),
        ChampValue::Decimal(number) => number.normalize().to_string().replace('.', ","),
        ChampValue::Date(day) => crate::domain::instant::french_date(*day),
        ChampValue::Datetime(instant) => crate::domain::instant::french_instant(*instant),
        ChampValue::Choices(choices) => choices.join(", "),
        ChampValue::LinkedChoice { primary, secondary } if secondary.is_empty() => primary.clone(),
        ChampValue::LinkedChoice { primary, secondary } => format!("{primary} / {secondary}"),
        ChampValue::Commune(commune) => format!("{} ({})", commune.name, commune.code),
        ChampValue::Coded { code, name } if name.is_empty() => code.clone(),
        ChampValue::Coded { name, .. } => name.clone(),
        ChampValue::Address(address) => address.label.clone(),
        ChampValue::Siret { siret, name } => name.clone().unwrap_or_else(|| siret.clone()),
        ChampValue::Other { reason } => shown().ok_or_else(|| Refusal::NotGiven(reason.clone()))?,
        _ => return Err(Refusal::kind(champ)),
    };
    Ok(match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fixtures::{champ, text as free};
    use jiff::civil::date as day;
    use proptest::prelude::*;

    fn of(value: ChampValue) -> Champ {
        champ("a", "A", value)
    }

    #[test]
    fn amounts_are_read_as_french_people_write_them() {
        for (text, cents) in [
            ("5 250,40 €", 525_040),
            ("5\u{202f}250,4", 525_040),
            ("5250.40", 525_040),
            ("− 12", -1_200),
            ("1 250 000 euros", 125_000_000),
            ("8800 € HT", 880_000),
        ] {
            assert_eq!(amount(&of(free(text))), Ok(Cents(cents)), "{text}");
        }
    }

    #[test]
    fn amounts_that_can_be_read_in_two_ways_are_refused_without_being_quoted() {
        for text in
            ["12.000", "12,000", "1.250.000", "12€50", "5 000 60", "5000 6000", "env. 300", "1e3", "12,", ",5", "10 k€"]
        {
            let Err(Refusal::Unreadable(reason)) = amount(&of(free(text))) else { panic!("{text}") };
            assert!(!reason.contains(text));
        }
        assert!(matches!(amount(&of(ChampValue::Decimal(Decimal::new(12_345, 3)))), Err(Refusal::Unreadable(_))));
        assert_eq!(amount(&of(free("  "))), Err(Refusal::Blank));
    }

    #[test]
    fn the_amounts_of_an_engagement_juridique_are_refused() {
        let champ = Champ { type_name: "EngagementJuridiqueChamp".to_owned(), ..of(free("2103456789")) };
        assert!(matches!(amount(&champ), Err(Refusal::Misplaced(_))));
        assert_eq!(text(&champ), Ok("2103456789".to_owned()));
    }

    #[test]
    fn of_a_book_the_beginning_is_read() {
        let page = "é".repeat(LONGEST_TEXT);
        assert_eq!(text(&of(free(&page))), Ok(page.clone()));
        assert_eq!(text(&of(free(&format!("{page}é")))), Ok(format!("{page}…")));
    }

    #[test]
    fn whole_numbers_are_whole_and_not_negative() {
        assert_eq!(integer(&of(free("15 001"))), Ok(15_001));
        assert_eq!(integer(&of(ChampValue::Decimal(Decimal::new(120, 1)))), Ok(12));
        for value in [free("12,5"), free("douze"), ChampValue::Integer(-1), ChampValue::Decimal(Decimal::new(125, 1))] {
            assert!(matches!(integer(&of(value)), Err(Refusal::Unreadable(_))));
        }
    }

    #[test]
    fn days_are_days_in_paris() {
        let late: jiff::Timestamp = "2021-10-30T22:30:00Z".parse().unwrap();
        assert_eq!(date(&of(ChampValue::Datetime(late))), Ok(day(2021, 10, 31)));
        for text in ["2022-10-31", "31/10/2022", " 31-10-2022 ", "31.10.2022"] {
            assert_eq!(date(&of(free(text))), Ok(day(2022, 10, 31)), "{text}");
        }
        assert_eq!(date(&of(free("1/2/2022"))), Ok(day(2022, 2, 1)));
        for text in ["31/10/22", "31/02/2022", "octobre 2022", "2022", "10/2022", "0202-10-31"] {
            assert!(matches!(date(&of(free(text))), Err(Refusal::Unreadable(_))), "{text}");
        }
        assert!(matches!(date(&of(ChampValue::Date(day(202, 10, 31)))), Err(Refusal::Unreadable(_))));
    }

    proptest! {
        #[test]
        fn every_amount_shown_is_read_back(cents in -Cents::LIMIT.0..=Cents::LIMIT.0) {
            prop_assert_eq!(amount(&of(free(&Cents(cents).to_string()))), Ok(Cents(cents)));
            prop_assert_eq!(amount(&of(ChampValue::Decimal(Cents(cents).to_decimal()))), Ok(Cents(cents)));
        }

        #[test]
        fn every_day_shown_is_read_back(year in 2000_i16..=2100, month in 1_i8..=12, dom in 1_i8..=28) {
            let expected = day(year, month, dom);
            prop_assert_eq!(date(&of(free(&crate::domain::instant::french_date(expected)))), Ok(expected));
            prop_assert_eq!(date(&of(free(&expected.to_string()))), Ok(expected));
        }

        #[test]
        fn no_text_is_too_odd(odd in "\\PC{0,20}") {
            let champ = of(free(&odd));
            let _ = (amount(&champ), integer(&champ), date(&champ), text(&champ));
        }
    }
}
