//! A file attached to a dossier: where it hangs, and what is kept of its content.

use jiff::Timestamp;

use super::champ::{AttachedFile, Champ, ChampKind, ChampValue};
use super::dossier::{Dossier, DossierSection};

/// Where a file hangs in its dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Champ or annotation.
    pub kind: ChampKind,
    /// The champ's id; it repeats from dossier to dossier.
    pub champ_id: String,
    /// The row of a repetition.
    pub row_id: Option<String>,
}

/// A file of a dossier. DS gives files no id: anchor, name, date and checksum are what tells one from another (API facts,
/// 5.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Where it hangs.
    pub anchor: Anchor,
    /// The label of the champ.
    pub label: String,
    /// What DS says of it.
    pub file: AttachedFile,
}

impl Attachment {
    /// Whether two are the same file: what the virus scan says may differ, the rest may not.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.anchor == other.anchor
            && self.file.filename == other.file.filename
            // Whole seconds: what the database keeps, and all that DS shows.
            && self.file.created_at.as_second() == other.file.created_at.as_second()
            && self.file.checksum == other.file.checksum
            && self.file.byte_size == other.file.byte_size
    }

    /// Whether DS found no virus in it.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.file.virus_scan == "safe"
    }

    /// Whether DS has yet to look for viruses in it.
    #[must_use]
    pub fn awaits_scan(&self) -> bool {
        self.file.virus_scan == "pending"
    }
}

/// What is kept of the content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Not asked for yet.
    Pending,
    /// Kept, of the size and checksum that DS announces.
    Stored {
        /// SHA-256 in hexadecimal.
        sha256: String,
    },
    /// Kept, though it is not what DS announces; asked for again later.
    Unverified {
        /// SHA-256 in hexadecimal.
        sha256: String,
        /// What differs, in French.
        reason: String,
    },
    /// Not to be had; asked for again later.
    Failed {
        /// Why, in French.
        reason: String,
    },
}

impl Kept {
    /// As in the database.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Stored { .. } => "stored",
            Self::Unverified { .. } => "unverified",
            Self::Failed { .. } => "failed",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Pending | Self::Failed { .. } => "non téléchargé",
            Self::Stored { .. } => "vérifié",
            Self::Unverified { .. } => "non vérifié",
        }
    }

    /// Whether the content that DS announces is still to be had.
    #[must_use]
    pub const fn is_wanted(&self) -> bool {
        !matches!(self, Self::Stored { .. })
    }

    /// SHA-256 of the content kept.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        match self {
            Self::Stored { sha256 } | Self::Unverified { sha256, .. } => Some(sha256),
            Self::Pending | Self::Failed { .. } => None,
        }
    }

    /// Why it is not as it should be, in French.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Unverified { reason, .. } | Self::Failed { reason } => Some(reason),
            Self::Pending | Self::Stored { .. } => None,
        }
    }
}

/// A file and what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAttachment {
    /// The file.
    pub attachment: Attachment,
    /// What is kept of it.
    pub kept: Kept,
    /// When it came to that.
    pub settled_at: Option<Timestamp>,
    /// Since when what DS announces could not be had, whatever the reasons; none as long as it was not tried, once it is there,
    /// and for what an older version of the program found unverified.
    pub failed_since: Option<Timestamp>,
}

/// The files of a dossier: those of its champs, then those of its annotations, in the order of the form.
#[must_use]
pub fn attachments(dossier: &Dossier) -> Vec<Attachment> {
    let mut found = Vec::new();
    for (kind, champs) in [(ChampKind::Champ, &dossier.champs), (ChampKind::Annotation, &dossier.annotations)] {
        for champ in champs {
            found.extend(of_champ(kind, None, champ));
            if let ChampValue::Rows(rows) = &champ.value {
                let within = rows.iter().flat_map(|row| row.champs.iter().map(|champ| (row.id.as_str(), champ)));
                found.extend(within.flat_map(|(row, champ)| of_champ(kind, Some(row), champ)));
            }
        }
    }
    found
}

/// Whether all the files of a dossier are known: DS gave its champs, and nothing that may hold files is unreadable. Else its
/// list of files says nothing of those that are not in it.
#[must_use]
pub fn are_all_known(dossier: &Dossier) -> bool {
    let withheld = dossier.not_given.iter().any(|part| matches!(part, DossierSection::Champs(_)));
    !withheld && dossier.champs.iter().chain(&dossier.annotations).all(shows_its_files)
}

fn shows_its_files(champ: &Champ) -> bool {
    match &champ.value {
        ChampValue::Other { .. } => !matches!(champ.type_name.as_str(), "PieceJustificativeChamp" | "RepetitionChamp"),
        ChampValue::Rows(rows) => rows.iter().flat_map(|row| &row.champs).all(shows_its_files),
        _ => true,
    }
}

fn of_champ<'a>(
    kind: ChampKind,
    row_id: Option<&'a str>,
    champ: &'a Champ,
) -> impl Iterator<Item = Attachment> + use<'a> {
    let files = match &champ.value {
        ChampValue::Files(files) => files.as_slice(),
        _ => &[],
    };
    files.iter().map(move |file| Attachment {
        anchor: Anchor { kind, champ_id: champ.id.clone(), row_id: row_id.map(str::to_owned) },
        label: champ.label.clone(),
        file: file.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::champ::RepetitionRow;

    fn file(filename: &str) -> AttachedFile {
        AttachedFile {
            filename: filename.to_owned(),
            content_type: "application/pdf".to_owned(),
            byte_size: 12,
            checksum: "x==".to_owned(),
            created_at: "2021-09-03T10:33:00.25Z".parse().unwrap(),
            virus_scan: "safe".to_owned(),
        }
    }

    fn champ(id: &str, value: ChampValue) -> Champ {
        Champ {
            id: id.to_owned(),
            descriptor_id: id.to_owned(),
            label: format!("Champ {id}"),
            type_name: "PieceJustificativeChamp".to_owned(),
            display: None,
            value,
        }
    }

    fn attachment(filename: &str) -> Attachment {
        let anchor = Anchor { kind: ChampKind::Champ, champ_id: "a".to_owned(), row_id: None };
        Attachment { anchor, label: "Champ a".to_owned(), file: file(filename) }
    }

    #[test]
    fn files_are_found_in_champs_rows_and_annotations_in_the_order_of_the_form() {
        let champs = vec![
            champ("t", ChampValue::Text("rien".to_owned())),
            champ("a", ChampValue::Files(vec![file("1.pdf"), file("2.pdf")])),
            champ(
                "r",
                ChampValue::Rows(vec![RepetitionRow {
                    id: "Row-1".to_owned(),
                    champs: vec![champ("b|1", ChampValue::Files(vec![file("3.pdf")]))],
                }]),
            ),
        ];
        let dossier = Dossier {
            number: 7,
            state: crate::domain::dossier::DossierState::Accepte,
            archived: Some(false),
            deposited_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            instructed_at: None,
            treated_at: None,
            motivation: None,
            group: None,
            applicant: crate::domain::dossier::Applicant::Unknown { type_name: String::new() },
            champs,
            annotations: vec![champ("c", ChampValue::Files(vec![file("4.pdf")]))],
            opinions: Vec::new(),
            labels: None,
            attestation: None,
            not_given: Vec::new(),
        };
        assert!(are_all_known(&dossier));
        let withheld = vec![DossierSection::Champs(ChampKind::Annotation)];
        assert!(!are_all_known(&Dossier { not_given: withheld, ..dossier.clone() }));
        let mut unreadable = champ("d", ChampValue::Other { reason: "illisible".to_owned() });
        unreadable.type_name = "PieceJustificativeChamp".to_owned();
        assert!(!are_all_known(&Dossier { annotations: vec![unreadable], ..dossier.clone() }));
        let found = attachments(&dossier);
        let shown: Vec<_> = found
            .iter()
            .map(|one| (one.file.filename.as_str(), one.anchor.kind.code(), one.anchor.row_id.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [
                ("1.pdf", "champ", None),
                ("2.pdf", "champ", None),
                ("3.pdf", "champ", Some("Row-1")),
                ("4.pdf", "annotation", None)
            ]
        );
    }

    #[test]
    fn a_file_is_the_same_whatever_the_scan_says_and_another_once_reworked() {
        let one = attachment("f.pdf");
        let mut scanned = one.clone();
        scanned.file.virus_scan = "pending".to_owned();
        // DS shows whole seconds.
        scanned.file.created_at = "2021-09-03T10:33:00Z".parse().unwrap();
        assert!(one.is_same_as(&scanned) && !scanned.is_safe() && scanned.awaits_scan());
        let mut reworked = one.clone();
        reworked.file.checksum = "y==".to_owned();
        assert!(!one.is_same_as(&reworked));
        assert!(!one.is_same_as(&attachment("g.pdf")));
    }

    #[test]
    fn people_read_three_states() {
        let (sha256, reason) = ("00".to_owned(), "délai".to_owned());
        let all = [
            Kept::Pending,
            Kept::Stored { sha256: sha256.clone() },
            Kept::Unverified { sha256, reason: reason.clone() },
            Kept::Failed { reason },
        ];
        assert_eq!(all.each_ref().map(Kept::label), ["non téléchargé", "vérifié", "non vérifié", "non téléchargé"]);
        assert_eq!(all.each_ref().map(Kept::is_wanted), [true, false, true, true]);
    }
}
