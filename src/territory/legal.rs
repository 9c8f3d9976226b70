//! What kind of body an applicant is: the tables first, then the INSEE category of its legal form.

use super::{commune_by_siren, groupement};
use crate::domain::subject::LegalKind;

/// The kind of the body with a SIREN and an INSEE "catégorie juridique" (four digits, as DS gives it).
#[must_use]
pub fn legal_kind(siren: Option<&str>, legal_form_code: Option<&str>) -> LegalKind {
    if let Some(siren) = siren {
        if commune_by_siren(siren).is_some() {
            return LegalKind::Commune;
        }
        if groupement(siren).is_some() {
            return LegalKind::Groupement;
        }
    }
    legal_form_code.map_or(LegalKind::Unknown, of_category)
}

/// INSEE, nomenclature des catégories juridiques, niveau III.
fn of_category(code: &str) -> LegalKind {
    match code {
        "7210" => LegalKind::Commune,
        "7220" => LegalKind::Departement,
        "7230" => LegalKind::Region,
        "7343" | "7344" | "7346" | "7347" | "7348" => LegalKind::Groupement,
        "7340" | "7345" | "7349" | "7351" | "7352" | "7353" | "7354" | "7355" | "7356" | "7357" => LegalKind::Syndicat,
        "7361" | "7362" | "7364" | "7366" | "7371" | "7372" | "7373" | "7378" | "7379" | "4140" | "4150" => {
            LegalKind::LocalPublicBody
        }
        _ if code.starts_with("71") => LegalKind::State,
        _ => match code.as_bytes().first() {
            Some(b'1' | b'2' | b'3' | b'5' | b'6') => LegalKind::Company,
            Some(b'9') => LegalKind::Association,
            _ => LegalKind::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_told_apart() {
        for (code, kind) in [
            ("7220", LegalKind::Departement),
            ("7348", LegalKind::Groupement),
            ("7355", LegalKind::Syndicat),
            ("7361", LegalKind::LocalPublicBody),
            ("7113", LegalKind::State),
            ("5710", LegalKind::Company),
            ("9220", LegalKind::Association),
            ("8210", LegalKind::Unknown),
            ("", LegalKind::Unknown),
        ] {
            assert_eq!(of_category(code), kind, "{code}");
        }
    }
}
