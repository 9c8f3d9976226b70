//! What keeps a message from going before a person has looked at it: its files read again, its totals computed again, what it says
//! beside what was sent last, and what it rests on.

use std::io;
use std::path::Path;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::document::Kind;
use super::{Desk, DeskError, committee, monthly, quarterly};
use crate::delivery::Enclosure;
use crate::domain::message::{MessageKind, MessageState};
use crate::domain::period::{Month, Period, Quarter, Sitting};
use crate::domain::text::counted;
use crate::files::{Written, refusal_in_french, sha256_of};
use crate::mapping;
use crate::reports::WorkbookFormat;
use crate::reports::monthly::Figures;
use crate::reports::quarterly::adds_up;
use crate::store::{ExportFile, Message, MessageKey, Reader, StoreError, Via};

/// What holds a message whose document is much unlike the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// So much fewer rows than last time, as a share.
    pub fewer_rows_share: Decimal,
    /// An amount so many times the largest of last time.
    pub amount_factor: Decimal,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { fewer_rows_share: Decimal::new(3, 1), amount_factor: Decimal::TEN }
    }
}

/// Alerts that a form is no longer the one that the mapping was made for.
const CHANGED: [&str; 2] = ["form:", "evaluation:mapping:"];
/// Alerts that what a document sums is not read at all.
const UNREAD: [&str; 2] = ["evaluation:unmapped:", "evaluation:grants:"];

/// A file that is not there so soon after its document was kept is being written.
const BEING_WRITTEN: SignedDuration = SignedDuration::from_mins(1);

/// What there is to say against sending a message now.
pub(super) enum Doubts {
    /// Its files are being written: it waits for the next round.
    TooEarly,
    /// Why a person should look at it, in French; nothing when it may go.
    Reasons(Vec<String>),
}

impl Desk {
    /// What there is to say against sending a message. A rehearsal brings whatever is there to whoever tries; words alone say
    /// what is so, and cannot wait.
    pub(super) fn doubts(
        &self,
        reader: &Reader<'_>,
        message: &Message,
        files: &[Enclosure],
    ) -> Result<Doubts, DeskError> {
        let key = &message.key;
        let Some(kind) = Kind::of(key.kind).filter(|_| !key.rehearsal) else {
            return Ok(Doubts::Reasons(Vec::new()));
        };
        let kept = kept(reader, key)?;
        let now = reader.corrected(self.clock.now())?;
        let is_fresh = now.duration_since(message.created_at).abs() < BEING_WRITTEN;
        let mut reasons = Vec::new();
        for file in files {
            match altered(file, &kept) {
                None => {}
                Some((_, true)) if is_fresh => return Ok(Doubts::TooEarly),
                Some((reason, _)) => reasons.push(reason),
            }
        }
        if key.kind == MessageKind::MonthlyList {
            reasons.extend(other_figures(&kept));
            reasons.extend(self.unlike_the_last(reader, message, &kept)?);
        }
        if key.kind == MessageKind::QuarterlyReport {
            reasons.extend(other_sums(&kept));
        }
        reasons.extend(superseded(reader, key)?);
        reasons.extend(self.shaky_footing(reader, kind, key)?);
        reasons.extend(self.first_of_all(reader, kind, message)?);
        Ok(Doubts::Reasons(reasons))
    }

    /// A list with far fewer rows than the one sent last, to whomever, with an amount far above all of its, or with none at all in a
    /// column that had some.
    fn unlike_the_last(
        &self,
        reader: &Reader<'_>,
        message: &Message,
        kept: &[KeptFile],
    ) -> Result<Vec<String>, StoreError> {
        let key = &message.key;
        let is_before = |other: &Message| {
            let is_other = (&other.key.period, other.key.revision) != (&key.period, key.revision);
            other.key.kind == key.kind && is_other && !other.key.rehearsal && other.id < message.id && went(other)
        };
        let Some(last) = reader.messages()?.into_iter().rev().find(is_before) else { return Ok(Vec::new()) };
        let (Some(now), Some(then)) = (figures(kept), figures(&self::kept(reader, &last.key)?)) else {
            return Ok(Vec::new());
        };
        let Thresholds { fewer_rows_share, amount_factor } = self.mailing.thresholds;
        let mut reasons = Vec::new();
        let floor = Decimal::from(then.rows) * (Decimal::ONE - fewer_rows_share);
        if Decimal::from(now.rows) < floor {
            reasons.push(format!(
                "{} contre {} au dernier envoi ({}) : plus de {} % de moins",
                counted(now.rows, "ligne", "lignes"),
                then.rows,
                last.key.period,
                (fewer_rows_share * Decimal::ONE_HUNDRED).normalize()
            ));
        }
        if then.largest.is_positive() && now.largest.to_decimal() >= then.largest.to_decimal() * amount_factor {
            reasons.push(format!(
                "un montant de {}, contre {} au plus au dernier envoi ({})",
                now.largest, then.largest, last.key.period
            ));
        }
        let is_gone = |column: &str| now.sums.get(column).is_some_and(|sum| !sum.is_positive());
        let gone = then.sums.iter().filter(|(column, sum)| sum.is_positive() && is_gone(column));
        reasons.extend(gone.map(|(column, sum)| {
            format!("aucun montant dans la colonne {column}, contre {sum} au dernier envoi ({})", last.key.period)
        }));
        Ok(reasons)
    }

    /// What the document rests on is not all there: DS, the quarantine, the form.
    fn shaky_footing(&self, reader: &Reader<'_>, kind: &Kind, key: &MessageKey) -> Result<Vec<String>, StoreError> {
        let ends_before = match key.kind {
            MessageKind::MonthlyList => key.period.parse::<Month>().map(|month| month.ends_before()).ok(),
            MessageKind::QuarterlyReport => key.period.parse::<Quarter>().map(|quarter| quarter.ends_before()).ok(),
            MessageKind::Committee => key.period.parse::<Sitting>().map(|sitting| sitting.ends_before()).ok(),
            MessageKind::Alerts | MessageKind::Changes => None,
        };
        let (mut reasons, mut in_quarantine, mut followed) = (Vec::new(), 0, Vec::new());
        for procedure in self.evaluator.procedures().iter().filter(|one| kind.programmes.contains(&one.programme)) {
            let number = procedure.number;
            let read_at = reader.procedure(number)?.and_then(|record| record.synced_at);
            if ends_before.is_some_and(|end| read_at.is_none_or(|read_at| read_at < end)) {
                reasons.push(format!("DS n’a pas été lu depuis la fin de la période (démarche {number})"));
            }
            in_quarantine += reader.quarantine(Some(number))?.len();
            followed.push(number.to_string());
        }
        if in_quarantine > 0 {
            reasons.push(format!("la quarantaine n’est pas vide : {}", counted(in_quarantine, "dossier", "dossiers")));
        }
        let is_followed = |key: &str| key.split(':').any(|part| followed.iter().any(|number| number == part));
        let is_of = |key: &str, kinds: &[&str]| kinds.iter().any(|kind| key.starts_with(kind)) && is_followed(key);
        reader.alert_rows(None, |alert| {
            if alert.key == "schema" || is_of(alert.key, &CHANGED) {
                reasons.push(format!("le formulaire ou l’API a changé : {}", alert.message()?));
            } else if is_of(alert.key, &UNREAD) {
                reasons.push(alert.message()?.to_owned());
            }
            Ok(())
        })?;
        Ok(reasons)
    }

    /// What is not ready, as long as no document ever went to anybody; of a mail, as long as none went by mail.
    fn first_of_all(&self, reader: &Reader<'_>, kind: &Kind, message: &Message) -> Result<Vec<String>, StoreError> {
        let messages = reader.messages()?;
        let before =
            || messages.iter().filter(|other| other.key.kind.is_document() && !other.key.rehearsal && went(other));
        let mut reasons = Vec::new();
        if before().next().is_none() {
            reasons.extend(self.unmapped(kind));
            if !self.has_copy(reader)? {
                reasons.push("premier envoi : aucune sauvegarde n’a encore été faite (« fitn backup »)".to_owned());
            }
        }
        let is_rehearsed = messages.iter().any(|other| other.key.rehearsal && went(other));
        if message.via == Via::Smtp && !is_rehearsed && !before().any(|other| other.via == Via::Smtp) {
            reasons.push(
                "premier envoi : aucune répétition n’a eu lieu (« redirect_to » de la section [smtp])".to_owned(),
            );
        }
        Ok(reasons)
    }

    /// The facts without a place on the form.
    fn unmapped(&self, kind: &Kind) -> Vec<String> {
        let mut reasons = Vec::new();
        for procedure in self.evaluator.procedures().iter().filter(|one| kind.programmes.contains(&one.programme)) {
            let unmapped = mapping::unmapped(&procedure.mapping, procedure.programme).count();
            if unmapped > 0 {
                reasons.push(format!(
                    "premier envoi : {} de la démarche {} (« fitn mapping check » dit lesquels)",
                    counted(unmapped, "fait sans correspondance", "faits sans correspondance"),
                    procedure.number
                ));
            }
        }
        reasons
    }
}

/// A file of a kept document; without its bytes where they are no longer what was kept.
pub(super) struct KeptFile {
    pub file: ExportFile,
    pub content: Option<Written>,
}

impl KeptFile {
    /// Those of a document.
    pub fn all(reader: &Reader<'_>, kind: &str, period: &str, revision: u32) -> Result<Vec<Self>, StoreError> {
        let files = reader.export_files(kind, period, revision)?;
        files.into_iter().map(|file| Ok(Self { content: reader.export_content(&file)?, file })).collect()
    }

    /// None where they cannot be read.
    fn figures(&self) -> Option<Figures> {
        Figures::of(&self.file.format, self.content.as_ref()?.bytes())
    }
}

/// The files of the document that a message brings.
fn kept(reader: &Reader<'_>, key: &MessageKey) -> Result<Vec<KeptFile>, StoreError> {
    KeptFile::all(reader, key.kind.code(), &key.period, key.revision)
}

impl Kind {
    /// The document that messages of a kind bring; none: they bring words.
    fn of(kind: MessageKind) -> Option<&'static Self> {
        [&monthly::KIND, &quarterly::KIND, &committee::KIND].into_iter().find(|document| document.message == kind)
    }
}

/// Its reader would take it for the last word.
fn superseded(reader: &Reader<'_>, key: &MessageKey) -> Result<Option<String>, StoreError> {
    let latest = reader.export_latest_revision(key.kind.code(), &key.period)?;
    let newer = latest.filter(|latest| *latest > key.revision);
    Ok(newer.map(|newer| format!("la correction {newer} de ce document existe : c’est elle qui doit partir")))
}

/// It went, or may have.
fn went(message: &Message) -> bool {
    matches!(message.progress.state, MessageState::Envoye | MessageState::Incertain)
}

/// Why a file is not what was kept, and whether it is only missing; none where it is.
fn altered(file: &Enclosure, kept: &[KeptFile]) -> Option<(String, bool)> {
    let Enclosure { format, name, sha256: digest, path, .. } = file;
    let is_it = |one: &KeptFile| one.file.format == *format && one.file.sha256 == *digest && one.content.is_some();
    let whole = kept.iter().any(is_it);
    if !whole {
        return Some((format!("{name} : abîmé dans la base, ses octets ne sont plus ceux de son empreinte"), false));
    }
    match sha256_of(Path::new(path)) {
        Ok(found) if found == *digest => None,
        Ok(_) => {
            Some((format!("{path} n’est plus ce qui est conservé : redemandez le document, il sera réécrit"), false))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Some((format!("{path} n’est plus là : redemandez le document, il sera réécrit"), true))
        }
        Err(error) => Some((format!("{path} ne peut pas être relu : {}", refusal_in_french(&error)), false)),
    }
}

/// The figures of the rows that are kept; none where they cannot be read.
fn figures(kept: &[KeptFile]) -> Option<Figures> {
    kept.iter().find(|kept| kept.file.format == "json")?.figures()
}

/// The formats whose own rows and totals are not those of the rows that are kept.
fn other_figures(kept: &[KeptFile]) -> Vec<String> {
    let Some(expected) = figures(kept) else {
        return vec!["les lignes conservées (JSON) ne peuvent pas être relues, ou leurs totaux sont faux".to_owned()];
    };
    let others = kept.iter().filter(|kept| kept.figures().as_ref() != Some(&expected));
    let told = |KeptFile { file, .. }: &KeptFile| {
        format!("{} : ses lignes ou ses totaux ne sont pas ceux de la liste", file.file_name)
    };
    others.map(told).collect()
}

/// The workbooks of a report whose lines do not add up to the sums that they state.
fn other_sums(kept: &[KeptFile]) -> Vec<String> {
    let workbooks = kept.iter().filter_map(|kept| {
        let format = WorkbookFormat::ALL.into_iter().find(|format| format.code() == kept.file.format)?;
        Some((format, kept))
    });
    let differs = |(format, kept): &(WorkbookFormat, &KeptFile)| {
        kept.content.as_ref().and_then(|content| adds_up(*format, content.bytes())) != Some(true)
    };
    workbooks
        .filter(differs)
        .map(|(_, kept)| format!("{} : ses sommes ne sont pas celles de ses lignes", kept.file.file_name))
        .collect()
}
