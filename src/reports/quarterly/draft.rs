//! A report that is being drawn up, dossier by dossier.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::credits::{Earlier, Purse, Spot};
use super::{
    Activity, Apart, Breach, DrawingNote, Durations, Feedback, Grant, QuarterlyInput, QuarterlyReport, RemovedGrant,
    RightsFrom, Support, Window, activity, after, credits, grant, milestone, review,
};
use crate::domain::dossier::DossierNumber;
use crate::domain::money::Cents;
use crate::domain::period::Period;
use crate::domain::programme::Programme::{self, Axe3V1, Axe3V1Ads, Axe3V2};
use crate::domain::subject::Judged;
use crate::domain::verdict::RuleKind;
use crate::reports::Count;
use crate::reports::waiting::is_decided_since;
use crate::rules::Place;

/// A report that is being drawn up. Of a dossier it keeps what it adds to the figures, and what the report shows of it.
pub struct Draft<'a> {
    input: &'a QuarterlyInput<'a>,
    window: Window,
    drawers: [Drawer; 3],
    /// Of programmes without a drawer.
    other_grants: Vec<Grant>,
    counts: BTreeMap<Programme, Count>,
    activities: BTreeMap<Programme, Activity>,
    durations: BTreeMap<Programme, Durations>,
    queue: review::Queue,
    removed_grants: Vec<RemovedGrant>,
    breaches: Vec<Breach>,
    support: Vec<Support>,
    feedback: Vec<Feedback>,
    decided_later: Vec<(Programme, DossierNumber)>,
    known_later: usize,
}

/// What a section is made of.
struct Drawer {
    purse: Purse,
    requests: BTreeMap<Spot, usize>,
    grants: Vec<Grant>,
}

impl<'a> Draft<'a> {
    /// A report without a dossier.
    #[must_use]
    pub fn new(input: &'a QuarterlyInput<'a>) -> Self {
        let early = input.drawn_up_at < input.quarter.ends_before();
        let window = Window {
            previous_first_day: input.quarter.previous().first_day(),
            previous_starts_at: input.quarter.previous().starts_at(),
            starts_at: input.quarter.starts_at(),
            closes_at: if early { input.drawn_up_at } else { input.quarter.closes_at() },
            whole: !early,
        };
        let themes = Purse {
            programme: Axe3V1,
            title: "Droits de tirage, thèmes 1 à 3",
            places: input.drawing_rights.clone(),
            right: in_all(input.drawing_rights),
            then: input
                .rights_then
                .iter()
                .map(|then| Earlier {
                    from: then.from,
                    places: then.drawing_rights.clone(),
                    right: in_all(&then.drawing_rights),
                })
                .collect(),
            regional: false,
        };
        let regional = |programme, title, right, then: fn(&RightsFrom) -> Option<Cents>| Purse {
            programme,
            title,
            places: input.sources.served.iter().map(|code| (code.clone(), None)).collect(),
            right,
            then: input
                .rights_then
                .iter()
                .map(|one| Earlier { from: one.from, places: BTreeMap::new(), right: then(one) })
                .collect(),
            regional: true,
        };
        let demat = regional(Axe3V1Ads, "Démat.ADS", input.ads_envelope, |then| then.ads_envelope);
        let labs = "Volet 2, laboratoires d’innovation territoriale";
        let labs = regional(Axe3V2, labs, input.v2_envelope, |then| then.v2_envelope);
        Self {
            input,
            window,
            drawers: [themes, demat, labs].map(|purse| Drawer { purse, requests: BTreeMap::new(), grants: Vec::new() }),
            other_grants: Vec::new(),
            counts: Programme::ALL.into_iter().map(|one| (one, input.sources.aside(one))).collect(),
            activities: BTreeMap::new(),
            durations: BTreeMap::new(),
            queue: review::Queue::default(),
            removed_grants: Vec::new(),
            breaches: Vec::new(),
            support: Vec::new(),
            feedback: Vec::new(),
            decided_later: Vec::new(),
            known_later: 0,
        }
    }

    /// Until when dossiers are shown.
    fn closed_at(&self) -> Timestamp {
        self.window.closes_at
    }

    /// Takes a dossier in: each once, in any order.
    pub fn add(&mut self, judged: &Judged) {
        let subject = &judged.subject;
        let (number, programme) = (subject.number, subject.programme);
        // DS dates to the second, as the closing instant is.
        if subject.deposited_at > self.closed_at() {
            return;
        }
        self.counts.entry(programme).or_default().add(subject);
        if !subject.is_kept() {
            return;
        }
        let window = self.window;
        self.activities.entry(programme).or_insert_with(|| Activity::new(programme)).add(judged, window);
        self.durations.entry(programme).or_insert_with(|| Durations::new(programme)).add(subject, window);
        if let Some(drawer) = self.drawers.iter_mut().find(|drawer| drawer.purse.programme == programme) {
            *drawer.requests.entry(drawer.purse.spot(&Place::of(subject))).or_default() += 1;
            drawer.grants.extend(Grant::of(subject, window, &self.input.sources));
        } else if let Some(grant) = Grant::of(subject, window, &self.input.sources) {
            self.other_grants.push(Grant { apart: Some(Apart::OtherCredits), ..grant });
        }
        if programme == Axe3V1 {
            self.queue.add(judged, window.closes_at);
        }
        let is_decided_since = is_decided_since(subject, window.closes_at);
        if grant::is_accepted(subject) && is_decided_since {
            self.decided_later.push((programme, number));
        }
        self.known_later += usize::from(self.input.sources.known_since.contains_key(&number));
        // What is decided later is neither a grant yet nor a decision to control.
        if !is_decided_since {
            self.removed_grants.extend(RemovedGrant::of(subject));
            self.breaches.extend(Breach::of(judged));
        }
        self.support.extend(Support::of(subject));
        self.feedback.extend(Feedback::of(subject));
    }

    /// The report.
    #[must_use]
    pub fn finish(self) -> QuarterlyReport {
        let (input, window) = (self.input, self.window);
        let sources = &input.sources;
        let mut provisional = sources.provisional.to_vec();
        if !window.whole && provisional.is_empty() {
            provisional.push("la période n’est pas close".to_owned());
        }
        let drawn = self.drawers.map(|Drawer { purse, requests, grants }| {
            let section = credits::section(&purse, &requests, grants, (input.quarter, window, sources.served));
            (section, purse)
        });
        let [(themes, purse), ..] = &drawn;
        let review_day = input.credit_review.filter(|day| window.first_day() <= *day && *day <= window.last_day());
        let review = review_day.map(|day| review::review(themes, purse, day));
        let milestone = input.credits_expected_by.and_then(|day| milestone(themes, purse, day, window));
        let margins = review::margins(themes, &self.queue);
        let sections = drawn.map(|(section, _)| section);
        let drawing_note = input
            .v1_total
            .zip(in_all(input.drawing_rights))
            .map(|(total, rights)| DrawingNote { total, rights })
            .filter(|note| note.difference() != Cents::ZERO);
        let mut removed_grants = self.removed_grants;
        removed_grants.sort_by_key(|one| (one.programme, one.number));
        let mut breaches = self.breaches;
        breaches.sort_by(|a, b| (a.verdict, &a.rule, a.number).cmp(&(b.verdict, &b.rule, b.number)));
        let titles = input.rules.iter().filter(|rule| rule.kind == RuleKind::Control);
        let titles = titles.map(|rule| (rule.id.clone(), rule.title.clone())).collect();
        let mut support = self.support;
        support.sort_by_key(|one| (one.programme, one.number));
        let mut feedback = self.feedback;
        feedback.sort_by_key(|one| (one.programme, one.number));
        let mut decided_later = self.decided_later;
        decided_later.sort_unstable();
        let mut other_grants = self.other_grants;
        other_grants.sort_by_key(|grant| (grant.programme, grant.number));
        QuarterlyReport {
            quarter: input.quarter,
            closed_at: window.closes_at,
            drawn_up_at: input.drawn_up_at,
            revision: input.revision,
            is_draft: input.is_draft,
            region: sources.region,
            provisional,
            behind: sources.behind.to_vec(),
            reckonings: activity::reckon(&self.counts, &sections),
            removed_grants,
            unreadable: sources.unreadable.to_vec(),
            laureates: after::laureates(sections.iter().flat_map(|section| &section.grants), window),
            sections: sections.into(),
            other_grants,
            drawing_note,
            review,
            milestone,
            margins,
            activities: self.activities.into_values().collect(),
            durations: self.durations.into_values().collect(),
            breaches,
            rule_titles: titles,
            commentary: input.commentary.cloned(),
            support,
            feedback,
            decided_later,
            known_later: if window.whole { self.known_later } else { 0 },
        }
    }
}

/// What there is in all of the drawing rights: without the right of one département, nobody knows.
fn in_all(rights: &BTreeMap<String, Option<Cents>>) -> Option<Cents> {
    if rights.is_empty() { None } else { rights.values().copied().sum() }
}
