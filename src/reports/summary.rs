//! What a document says in some lines: for the message that brings it.

/// A document in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// `Liste Démat.ADS, septembre 2021`, `Rapport trimestriel, 2021-T3`.
    pub title: String,
    /// What it is, arrêté au, of which région.
    pub opening: String,
    /// Rows, totals, what changed; an empty one parts two paragraphs.
    pub lines: Vec<String>,
}

/// `, correction 1`; nothing for the first.
pub(super) fn correction(revision: u32) -> String {
    if revision > 0 { format!(", correction {revision}") } else { String::new() }
}
