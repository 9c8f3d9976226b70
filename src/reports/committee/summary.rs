//! The pack in short.

use super::Pack;
use crate::domain::instant::french_instant;
use crate::domain::text::counted;
use crate::reports::Summary;
use crate::reports::summary::correction;

/// The pack in some lines: how many dossiers, what is left of the credits.
#[must_use]
pub fn summary(pack: &Pack) -> Summary {
    let since = match pack.decided_since() {
        0 => String::new(),
        since => format!(", dont {} depuis", counted(since, "décidé", "décidés")),
    };
    let mut lines = vec![
        format!("- dossiers déposés dans le trimestre : {}", pack.filed.len()),
        format!("- dossiers en attente d’une décision : {}{since}", pack.pending.len()),
        format!("- projets financés : {}", pack.funded.len()),
    ];
    if let Some(credit) = pack.right() {
        let left = credit.left().map_or(String::new(), |left| format!(", reste {left}"));
        lines.push(format!(
            "- thèmes 1 à 3 : accordé {}, engagé {}, payé {}{left}, {} en attente",
            credit.granted,
            credit.engaged,
            credit.paid,
            pack.wanted()
        ));
    }
    if !pack.behind.is_empty() {
        lines.push(String::new());
        lines.extend(pack.behind.iter().cloned());
    }
    let (place, quarter) = (pack.place(), pack.quarter.french_code());
    Summary {
        title: format!("Comité départemental, {place}, {quarter}{}", correction(pack.revision)),
        opening: format!(
            "Dossier du comité départemental : {place}, {}{}, arrêté au {}.",
            pack.quarter.label(),
            correction(pack.revision),
            french_instant(pack.closed_at)
        ),
        lines,
    }
}
