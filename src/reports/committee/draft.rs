//! A pack that is being drawn up, dossier by dossier.

use std::collections::BTreeMap;

use super::{CommitteeInput, PROGRAMMES, Pack, Request};
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::instant::paris_date;
use crate::domain::period::Period;
use crate::domain::programme::Programme;
use crate::domain::subject::Judged;
use crate::domain::verdict::{RuleKind, VerdictValue};
use crate::reports::quarterly;
use crate::rules::{Place, awaits_announcement};

/// A pack that is being drawn up. Of credits and of projects funded it says what the quarterly report says: it is drawn up as the report
/// would be if there were no other département.
pub struct Draft<'a> {
    input: &'a CommitteeInput<'a>,
    report: quarterly::Draft<'a>,
    filed: Vec<Request>,
    pending: Vec<Request>,
    to_announce: Vec<Request>,
    breaches: BTreeMap<String, Vec<DossierNumber>>,
    unplaced: Vec<DossierNumber>,
}

impl<'a> Draft<'a> {
    /// A pack without a dossier.
    #[must_use]
    pub fn new(input: &'a CommitteeInput<'a>) -> Self {
        Self {
            input,
            report: quarterly::Draft::new(input.report),
            filed: Vec::new(),
            pending: Vec::new(),
            to_announce: Vec::new(),
            breaches: BTreeMap::new(),
            unplaced: Vec::new(),
        }
    }

    /// Takes a dossier in: each once, in any order. Those of other départements and programmes are passed over.
    pub fn add(&mut self, judged: &Judged) {
        let (subject, report) = (&judged.subject, self.input.report);
        let closes_at = report.drawn_up_at.min(report.quarter.closes_at());
        if !PROGRAMMES.contains(&subject.programme) || !subject.is_kept() || subject.deposited_at > closes_at {
            return;
        }
        let place = Place::of(subject);
        if place.departement.as_deref() != Some(self.input.departement) {
            if place.departement.is_none() && place.lies_in(|code| code == self.input.departement) != Some(false) {
                self.unplaced.push(subject.number);
            }
            return;
        }
        self.report.add(judged);
        let request = || Request::of(judged, &report.sources, |rule| self.title(rule));
        let filed = (subject.deposited_at >= report.quarter.starts_at()).then(request);
        let pending = matches!(subject.state, DossierState::EnConstruction | DossierState::EnInstruction).then(request);
        let announced = awaits_announcement(subject, paris_date(closes_at)).then(request);
        let controls = judged.evaluation.verdicts.iter().filter(|verdict| {
            verdict.kind == RuleKind::Control
                && verdict.verdict == VerdictValue::NotMet
                && subject.state == DossierState::Accepte
        });
        let breaches: Vec<String> = controls.map(|verdict| self.title(&verdict.rule)).collect();
        self.filed.extend(filed);
        self.pending.extend(pending);
        self.to_announce.extend(announced);
        for control in breaches {
            self.breaches.entry(control).or_default().push(subject.number);
        }
    }

    fn title(&self, rule: &str) -> String {
        let known = self.input.report.rules.iter().find(|known| known.id == rule);
        known.map_or_else(|| rule.to_owned(), |known| known.title.clone())
    }

    /// The pack.
    #[must_use]
    pub fn finish(self) -> Pack {
        let in_order = |requests: &mut Vec<Request>| {
            requests.sort_by_key(|request| (request.programme, request.deposited_at, request.number));
        };
        let (mut filed, mut pending, mut to_announce) = (self.filed, self.pending, self.to_announce);
        for requests in [&mut filed, &mut pending, &mut to_announce] {
            in_order(requests);
        }
        let mut breaches = self.breaches;
        for dossiers in breaches.values_mut() {
            dossiers.sort_unstable();
        }
        let mut unplaced = self.unplaced;
        unplaced.sort_unstable();
        let report = self.report.finish();
        let mut sections = report.sections;
        sections.retain(|section| PROGRAMMES.contains(&section.programme));
        let left = sections.iter().find(|section| section.programme == Programme::Axe3V1);
        let mut left = left.and_then(|section| section.total.left());
        for request in &mut pending {
            let Some(before) = left.filter(|_| request.draws_on_the_right()) else { continue };
            let after = before - request.wanted.unwrap_or_default();
            request.left = Some((before, after));
            left = Some(after);
        }
        let unreadable = report.unreadable.iter().filter(|one| PROGRAMMES.contains(&one.programme));
        Pack {
            departement: self.input.departement.to_owned(),
            quarter: report.quarter,
            closed_at: report.closed_at,
            revision: report.revision,
            region: report.region,
            unreadable: unreadable.map(|one| one.number).collect(),
            provisional: report.provisional,
            behind: report.behind,
            filed,
            pending,
            sections,
            funded: report.laureates,
            to_announce,
            breaches,
            unplaced,
        }
    }
}
