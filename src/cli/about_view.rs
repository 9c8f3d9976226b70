//! What is held on a person or a body, as people read it.

use std::fmt::Write as _;

use super::about_places::{Holding, NOT_SEARCHED};
use super::layout::count;
use super::paper::{Paper, hang};
use super::verify::named;
use super::{Failure, Printer};
use crate::desk::{About, AboutDocument, AboutDossier, AboutMessage, Finding, Findings, Message, Unread};
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::domain::text::{QUOTED, shortened};

/// Prints what is found as it comes.
pub(super) struct View<'a> {
    printer: &'a Printer,
    /// The heading under which it stands, and how much is under it.
    group: Option<(&'static str, [&'static str; 2], u64)>,
}

impl<'a> View<'a> {
    /// Says what is looked for.
    pub fn begin(sought: &str, printer: &'a Printer) -> Result<Self, Failure> {
        printer.text(&format!("Recherché : « {} »", shortened(sought, QUOTED)))?;
        Ok(Self { printer, group: None })
    }

    /// Prints one thing.
    pub fn add(&mut self, about: &About) -> Result<(), Failure> {
        let mut out = Paper::new(self.printer.width());
        let (heading, nouns) = match about {
            About::Dossier(_) => ("Dossiers", ["dossier", "dossiers"]),
            About::Document(_) => ("Documents conservés", ["document", "documents"]),
            About::Message(_) => ("Envois", ["message", "messages"]),
            About::Elsewhere(_) => ("Ailleurs dans la base et la configuration", ["", ""]),
        };
        if self.group.as_ref().is_none_or(|(known, ..)| *known != heading) {
            self.end_group()?;
            let _ = writeln!(out, "\n{heading}");
            self.group = Some((heading, nouns, 0));
        }
        if let Some((.., number)) = &mut self.group {
            *number += 1;
        }
        match about {
            About::Dossier(about) => dossier(&mut out, about),
            About::Document(about) => document(&mut out, about),
            About::Message(about) => message(&mut out, about),
            About::Elsewhere(about) => findings(&mut out, "  - ", about),
        }
        self.printer.text(&out.into_text())
    }

    fn end_group(&mut self) -> Result<(), Failure> {
        match self.group.take() {
            Some((_, [one, several], number)) if !one.is_empty() => {
                self.printer.text(&format!("  {}", count(number, one, several)))
            }
            _ => Ok(()),
        }
    }

    /// Says what could not be read, for how long all this is held, and what was not looked through.
    pub fn end(mut self, unread: &Unread, places: &[Holding]) -> Result<(), Failure> {
        let is_found = self.group.is_some();
        self.end_group()?;
        let mut out = Paper::new(self.printer.width());
        if !is_found {
            out.push_str("\nRien n’est détenu ici sur cette recherche, dans aucun des endroits ci-dessous.\n");
        }
        let Unread { dossiers, documents } = unread;
        if !dossiers.is_empty() || !documents.is_empty() {
            out.push_str("\nCe qui n’a pas pu être lu, et peut en contenir\n");
            if !dossiers.is_empty() {
                let numbers: Vec<String> = dossiers.iter().map(ToString::to_string).collect();
                hang(&mut out, "  ! ", &format!("dossiers abîmés dans la base : {}", numbers.join(", ")));
            }
            if !documents.is_empty() {
                hang(&mut out, "  ! ", &format!("documents : {}", documents.join(", ")));
            }
        }
        out.push_str("\nCe qui a été cherché, jusqu’à quand c’est gardé, ce qui l’efface\n");
        for Holding { place, until, erased } in places {
            hang(&mut out, "  - ", place);
            hang(&mut out, "    gardé  ", until);
            hang(&mut out, "    effacé ", erased);
        }
        out.push_str("\nCe qui n’a pas été cherché\n");
        for place in NOT_SEARCHED {
            hang(&mut out, "  - ", place);
        }
        self.printer.text(&out.into_text())
    }
}

fn dossier(out: &mut Paper, about: &AboutDossier) {
    let AboutDossier { line, findings: found, counts, due_at, link } = about;
    let who = line.applicant.as_deref().map_or_else(String::new, |name| format!(" {}", out.width().name(name)));
    let departement = line.departement.as_ref().map_or_else(String::new, |code| format!(" ({code})"));
    let state = line.state.label();
    hang(out, "  ", &format!("{}{who}{departement} — démarche {}, {state}", line.number, line.procedure));
    findings(out, "    - ", found);
    let held = [
        count(counts.versions, "version", "versions"),
        count(counts.files, "pièce jointe", "pièces jointes"),
        format!(
            "{} gardé{}",
            count(counts.contents, "contenu", "contenus"),
            if counts.contents > 1 { "s" } else { "" }
        ),
        count(counts.acts, "acte d’agent", "actes d’agents"),
    ];
    hang(out, "    détenu ", &held.join(", "));
    let until = match (line.erased_at, due_at, line.removed_at) {
        (Some(at), ..) => format!("effacé le {} ; il en reste la trace ci-dessus", french_instant(at)),
        (None, Some(due), _) => format!("supprimé de DS ; effacé ici au plus tôt le {}", french_instant(*due)),
        (None, None, Some(at)) => {
            format!("à la corbeille de DS depuis le {} : gardé tant que DS peut l’en sortir", french_instant(at))
        }
        (None, None, None) => "gardé tant que DS le montre".to_owned(),
    };
    hang(out, "    délai  ", &until);
    hang(out, "    DS     ", link);
}

fn document(out: &mut Paper, about: &AboutDocument) {
    let AboutDocument { document, kept_at, formats, paths, findings: found, messages } = about;
    hang(out, "  ", &format!("{} — le {} ({})", named(document), french_instant(*kept_at), formats.join(", ")));
    findings(out, "    - ", found);
    hang(out, "    fichiers ", &paths.join(", "));
    if messages.is_empty() {
        out.push_str("    envoyé   à personne\n");
    }
    for message in messages {
        hang(out, "    envoi    ", &sent(message));
    }
}

fn message(out: &mut Paper, about: &AboutMessage) {
    let AboutMessage { message, findings: found } = about;
    hang(out, "  ", &format!("message {} — {}", message.id, sent(message)));
    findings(out, "    - ", found);
}

/// `demat-ads@exemple.fr, envoyé le … : [FITN] Liste…`.
fn sent(message: &Message) -> String {
    let progress = &message.progress;
    let at = progress.settled_at.map_or_else(String::new, |at| format!(" le {}", french_instant(at)));
    let rehearsal = if message.key.rehearsal { ", répétition" } else { "" };
    format!("{}, {}{at}{rehearsal} : {}", message.key.address, progress.state.label(), message.subject)
}

fn findings(out: &mut Paper, head: &str, found: &Findings) {
    if found.is_in_parts {
        hang(out, head, "les mots recherchés sont dans des réponses différentes, à rapprocher :");
    }
    for finding in &found.told {
        hang(out, head, &told(finding));
    }
    if found.more > 0 {
        let more = count(found.more as u64, "autre endroit", "autres endroits");
        hang(out, head, &format!("… et {more}"));
    }
}

/// `champ « Contact » : Mme Dupont (versions du 03/09/2021 au 05/09/2021, plus dans l’actuelle)`.
fn told(finding: &Finding) -> String {
    let Finding { place, excerpt, versions, at } = finding;
    let day = |at| french_date(paris_date(at));
    let when = match (versions, at) {
        (Some(span), _) if span.is_current && span.first == span.last => String::new(),
        (Some(span), _) if span.is_current => format!(" (depuis la version du {})", day(span.first)),
        (Some(span), _) if span.first == span.last => format!(" (ancienne version, du {})", day(span.first)),
        (Some(span), _) => format!(" (anciennes versions, du {} au {})", day(span.first), day(span.last)),
        (None, Some(at)) => format!(" (le {})", day(*at)),
        (None, None) => String::new(),
    };
    format!("{place} : {excerpt}{when}")
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::cli::about_places::places;
    use crate::cli::printer::tests::pair;
    use crate::cli::sample::sample_line;
    use crate::desk::{HeldCounts, KeptDocument, MessageKey, Progress, Retention, Span, Via};
    use crate::domain::message::{MessageKind, MessageState};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn found(told: &[(&str, &str, Option<Span>, Option<Timestamp>)], more: usize, is_in_parts: bool) -> Findings {
        let finding = |(place, excerpt, versions, at): &(&str, &str, Option<Span>, Option<Timestamp>)| Finding {
            place: (*place).to_owned(),
            excerpt: (*excerpt).to_owned(),
            versions: *versions,
            at: *at,
        };
        Findings { told: told.iter().map(finding).collect(), more, is_in_parts }
    }

    fn span(first: &str, last: &str, is_current: bool) -> Span {
        Span { first: at(first), last: at(last), is_current }
    }

    fn message() -> Message {
        Message {
            id: 12,
            key: MessageKey {
                address: "demat-ads@example.gouv.fr".to_owned(),
                kind: MessageKind::MonthlyList,
                departement: None,
                period: "2021-09".to_owned(),
                revision: 0,
                rehearsal: false,
            },
            via: Via::Smtp,
            message_id: "<12@fitn.invalid>".to_owned(),
            subject: "[FITN] Liste Démat.ADS, septembre 2021".to_owned(),
            created_at: at("2021-10-01T04:00:00Z"),
            size: 24_000,
            progress: Progress {
                state: MessageState::Envoye,
                reasons: Vec::new(),
                attempts: 1,
                handing_over: false,
                unanswered: 0,
                next_at: None,
                settled_at: Some(at("2021-10-01T04:05:00Z")),
                released: false,
                reply: None,
            },
        }
    }

    fn shown(all: &[About], unread: &Unread) -> String {
        let (printer, out) = pair();
        let mut view = View::begin("Camille Dupont", &printer).unwrap();
        for about in all {
            view.add(about).unwrap();
        }
        let retention =
            Retention { erase_after: SignedDuration::from_hours(720), keep: crate::domain::erasure::Keep::default() };
        view.end(unread, &places(&retention, std::path::Path::new("/var/lib/fitn/exports"))).unwrap();
        out.text()
    }

    #[test]
    fn what_is_held_is_told_place_by_place_with_its_end() {
        let answers = [
            ("demandeur", "Camille Dupont", Some(span("2021-09-03T10:00:00Z", "2021-09-05T10:00:00Z", true)), None),
            (
                "champ « Contact »",
                "Mme Camille Dupont, 06 12 34 56 78",
                Some(span("2021-09-03T10:00:00Z", "2021-09-03T10:00:00Z", false)),
                None,
            ),
            ("motif de l’acte 3", "vu avec Mme Dupont (Camille), qui confirme", None, Some(at("2021-09-06T08:00:00Z"))),
        ];
        let counts = HeldCounts { versions: 3, files: 2, contents: 1, acts: 1 };
        let link = "https://demarche.numerique.gouv.fr/procedures/61234/dossiers/1234567".to_owned();
        let dossier = |findings, due_at| {
            About::Dossier(Box::new(AboutDossier { line: sample_line(), findings, counts, due_at, link: link.clone() }))
        };
        let kept = KeptDocument {
            kind: "monthly-list".to_owned(),
            period: "2021-09".to_owned(),
            revision: 0,
            is_withdrawn: false,
            stands: Some(1),
        };
        let all = [
            dossier(found(&answers, 0, false), None),
            dossier(found(&answers[..1], 7, true), Some(at("2021-12-01T08:00:00Z"))),
            About::Document(Box::new(AboutDocument {
                document: kept,
                kept_at: at("2021-10-01T04:00:00Z"),
                formats: ["xlsx", "json"].map(str::to_owned).into(),
                paths: ["/var/lib/fitn/exports/liste-demat-ads-2021-09.xlsx"].map(str::to_owned).into(),
                findings: found(
                    &[("liste.json : dossier 1234567, beneficiaire", "Camille Dupont", None, None)],
                    0,
                    false,
                ),
                messages: vec![message()],
            })),
            About::Message(Box::new(AboutMessage {
                message: message(),
                findings: found(&[("texte du message", "… Camille Dupont …", None, None)], 0, false),
            })),
            About::Elsewhere(found(
                &[("configuration, destinataire ([[delivery]])", "camille.dupont@example.fr", None, None)],
                0,
                false,
            )),
        ];
        let unread = Unread { dossiers: vec![7, 8], documents: vec!["comite-77-2021-T3.pdf".to_owned()] };
        let text = shown(&all, &unread);
        let is_address = |line: &&str| line.contains("https://") || line.contains("/var/lib/");
        assert!(text.lines().filter(|line| !is_address(line)).all(|line| line.width() <= 80), "{text}");
        insta::assert_snapshot!(text);
        let nothing = shown(&[], &Unread::default());
        assert!(
            nothing.contains("\nRien n’est détenu ici sur cette recherche") && !nothing.contains("abîmés"),
            "{nothing}"
        );
    }
}
