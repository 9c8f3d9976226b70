//! The guide that the rules apply: which one it is, and how its words are shown. Its text stands under `guide/`.

/// Its title.
pub const TITLE: &str = "Guide pratique à l’attention des préfectures de département et des collectivités territoriales, fonds « Transformation numérique des collectivités territoriales » (FITN 7), Île-de-France relance";

/// Its edition. It bears no date: its own words tell when it was written.
pub const EDITION: &str = "édition sans date, écrite entre mai 2021 (un comité « a sélectionné en mai les services numériques à financer ») et le 5 juillet 2021 (la sélection des lauréats « sera connue le 5 juillet 2021 »)";

/// A slip of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Slip {
    /// Its words.
    pub words: &'static str,
    /// How they are read, in French.
    pub reading: &'static str,
}

/// Slips in words that rules and parameters quote, the longer ones first: marked « [sic] » wherever they are shown.
pub const SLIPS: &[Slip] = &[
    Slip { words: "processus matérialisé", reading: "processus dématérialisé" },
    Slip { words: "préfetures", reading: "préfectures" },
    Slip { words: "préfeture", reading: "préfecture" },
];

/// What the guide says in two ways.
pub const CONTRADICTIONS: &[&str] = &[
    "L’axe 1 « se déroule en trois étapes » et en énumère quatre.",
    "Les dossiers de l’axe 3 se déposent sur demarches-simplifiees.fr (modalités de gestion des deux volets) ou sur france-relance.transformation.gouv.fr (principales étapes) : seuls ceux de demarches-simplifiees.fr sont suivis.",
    "Le volet 1 compte 2 079 208 € pour sept départements, soit 297 000 € chacun : 7 × 297 000 € font 2 079 000 €, et les 208 € d’écart sont montrés dans le rapport.",
];

/// Words of the guide as people read them: slips marked, typography mended.
#[must_use]
pub fn shown(words: &str) -> String {
    let plain = words.replace("1^{er}", "1er");
    SLIPS.iter().fold(plain, |text, slip| marked(&text, slip.words))
}

/// The text with « [sic] » after each of these words, where they are whole.
fn marked(text: &str, words: &str) -> String {
    let mut parts = text.split(words);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(words);
        if !part.starts_with(char::is_alphabetic) {
            out.push_str(" [sic]");
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_marked_once_where_they_stand() {
        assert_eq!(
            shown("Par les préfetures de département ; chaque préfeture, au processus matérialisé de réception"),
            "Par les préfetures [sic] de département ; chaque préfeture [sic], au processus matérialisé [sic] de réception"
        );
        assert_eq!(
            shown("effectué le 1^{er} septembre 2021 par la préfecture"),
            "effectué le 1er septembre 2021 par la préfecture"
        );
    }
}
