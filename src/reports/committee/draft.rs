//! A pack that is being drawn up, dossier by dossier.

use std::collections::BTreeMap;

use super::queue::Queue;
use super::{CommitteeInput, DECIDED, PROGRAMMES, Pack, Request};
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::instant::paris_date;
use crate::domain::period::Period;
use crate::domain::programme::Programme::{Axe3V1, Axe3V1Ads, Axe3V2};
use crate::domain::subject::Judged;
use crate::domain::verdict::{RuleKind, VerdictValue};
use crate::reports::amounts::Amounts;
use crate::reports::quarterly;
use crate::reports::waiting::{is_pending, waited};
use crate::rules::{Place, awaits_announcement};

/// A pack that is being drawn up. Of credits and of projects funded it says what the quarterly report says: it is drawn up as the report
/// would be if there were no other département.
pub struct Draft<'a> {
    input: &'a CommitteeInput<'a>,
    report: quarterly::Draft<'a>,
    filed: Vec<Request>,
    pending: Vec<Request>,
    to_announce: Vec<Request>,
    opinions: Vec<Request>,
    breaches: BTreeMap<String, Vec<DossierNumber>>,
    unplaced: Vec<DossierNumber>,
    /// Those that wait for credits of the drawing right.
    right: Queue,
    /// Those of the whole région that wait for credits of the envelope of Démat.ADS.
    envelope: Queue,
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
            opinions: Vec::new(),
            breaches: BTreeMap::new(),
            unplaced: Vec::new(),
            right: Queue::default(),
            envelope: Queue::default(),
        }
    }

    /// Takes a dossier in: each once, in any order. Of those of other départements only what they take from the envelope of the région.
    pub fn add(&mut self, judged: &Judged) {
        let (subject, report) = (&judged.subject, self.input.report);
        let closes_at = report.drawn_up_at.min(report.quarter.closes_at());
        if !PROGRAMMES.contains(&subject.programme) || !subject.is_kept() || subject.deposited_at > closes_at {
            return;
        }
        let place = Place::of(subject);
        let waited = waited(subject, closes_at);
        if subject.programme == Axe3V1Ads
            && place.lies_in(|code| self.input.region.iter().any(|one| one == code)) == Some(true)
        {
            if let Some(amounts) = Amounts::of(subject, closes_at, &mut Vec::new()) {
                self.envelope.granted(amounts.granted);
            } else if waited {
                self.envelope.add(judged);
            }
        }
        if place.departement.as_deref() != Some(self.input.departement) {
            let may_lie_here = place.lies_in(|code| code == self.input.departement) != Some(false);
            if place.departement.is_none() && may_lie_here && DECIDED.contains(&subject.programme) {
                self.unplaced.push(subject.number);
            }
            return;
        }
        let request = || Request::of(judged, closes_at, &report.sources, |rule| self.title(rule));
        if subject.programme == Axe3V2 {
            // Of what is decided since, nobody asks for an opinion any more.
            let asked = is_pending(subject).then(request);
            self.opinions.extend(asked);
            return;
        }
        let filed = (subject.deposited_at >= report.quarter.starts_at()).then(request);
        let pending = waited.then(request);
        let announced = awaits_announcement(subject, paris_date(closes_at)).then(request);
        let controls = judged.evaluation.verdicts.iter().filter(|verdict| {
            verdict.kind == RuleKind::Control
                && verdict.verdict == VerdictValue::NotMet
                && subject.state == DossierState::Accepte
                && !waited
        });
        let breaches: Vec<String> = controls.map(|verdict| self.title(&verdict.rule)).collect();
        if subject.programme == Axe3V1 && waited {
            self.right.add(judged);
        }
        self.report.add(judged);
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
        let in_order = |mut requests: Vec<Request>| {
            requests.sort_by_key(|request| (request.programme, request.deposited_at, request.number));
            requests
        };
        let mut breaches = self.breaches;
        for dossiers in breaches.values_mut() {
            dossiers.sort_unstable();
        }
        let mut unplaced = self.unplaced;
        unplaced.sort_unstable();
        let report = self.report.finish();
        let mut sections = report.sections;
        sections.retain(|section| DECIDED.contains(&section.programme));
        let right =
            sections.iter().find(|section| section.programme == Axe3V1).and_then(|section| section.total.left());
        let ads_left = self.input.ads_envelope.map(|envelope| envelope - self.envelope.all_granted());
        let left = [right.map(|left| self.right.left(left)), ads_left.map(|left| self.envelope.left(left))];
        let mut pending = in_order(self.pending);
        for request in &mut pending {
            request.left = left.iter().flatten().find_map(|queue| queue.get(&request.number)).copied();
        }
        let unreadable = report.unreadable.iter().filter(|one| DECIDED.contains(&one.programme));
        Pack {
            departement: self.input.departement.to_owned(),
            quarter: report.quarter,
            closed_at: report.closed_at,
            revision: report.revision,
            region: report.region,
            unreadable: unreadable.map(|one| one.number).collect(),
            provisional: report.provisional,
            behind: report.behind,
            filed: in_order(self.filed),
            pending,
            sections,
            funded: report.laureates,
            to_announce: in_order(self.to_announce),
            opinions: in_order(self.opinions),
            ads_left,
            breaches,
            unplaced,
        }
    }
}
