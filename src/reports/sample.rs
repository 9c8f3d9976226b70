//! Dossiers for the tests of this room.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Sources, shown};
use crate::domain::aside::{Excluded, Unreadable};
use crate::domain::champ::ChampKind;
use crate::domain::dossier::{DossierNumber, DossierState, Removal, RemovalReason};
use crate::domain::fact::{CommuneRef, Fact, FactName, FactSource, FactValue, Facts};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::{ApplicantProfile, Judged, LegalKind, Subject};
use crate::domain::verdict::{Evaluation, Missing, RuleKind, Status, Verdict, VerdictValue, Who};
use crate::territory::Region;

/// A dossier of a centre instructeur of Seine-Saint-Denis, eligible, being instructed, filed on 3 September 2021.
pub(super) fn dossier(number: i64) -> Sample {
    Sample(Judged {
        subject: Subject {
            number,
            procedure: 61_234,
            programme: Programme::Axe3V1Ads,
            state: DossierState::EnInstruction,
            deposited_at: at("2021-09-03T10:33:00Z"),
            updated_at: at("2021-09-03T10:33:00Z"),
            treated_at: None,
            removed: None,
            applicant: ApplicantProfile {
                name: Some("Est Ensemble".to_owned()),
                siret: Siret::parse("20005787500011").ok(),
                legal_kind: LegalKind::Groupement,
                code_insee: Some("93063".to_owned()),
                departement: Some("93".to_owned()),
                population: Some(447_969),
            },
            facts: Facts::default(),
            opinion_given: None,
            opinions_withheld: false,
            erased: false,
        },
        evaluation: Evaluation {
            verdicts: Vec::new(),
            status: Status::Eligible,
            eligible_expenses: Some(Cents::euros(30_000)),
            computed: Some(Cents::euros(8_800)),
            missing: Vec::new(),
        },
    })
}

/// An instant.
pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The départements of Île-de-France.
pub(super) fn served() -> Vec<String> {
    ["75", "77", "78", "91", "92", "93", "94", "95"].map(str::to_owned).to_vec()
}

/// What a document of a test is drawn up from.
#[derive(Debug, Clone)]
#[allow(clippy::struct_field_names, reason = "as the inputs of the documents call it")]
pub(super) struct Known {
    pub region: &'static str,
    pub served: Vec<String>,
    pub dossiers: Vec<Judged>,
    pub excluded: Vec<Excluded>,
    pub unreadable: Vec<Unreadable>,
    pub known_since: BTreeMap<DossierNumber, Timestamp>,
    pub provisional: Vec<String>,
    pub behind: Vec<String>,
}

impl Known {
    /// These dossiers, in Île-de-France; number 99 was first read after September and its quarter, and those that are removed
    /// are so since 25 September.
    pub(super) fn of(dossiers: Vec<Sample>) -> Self {
        let dossiers: Vec<Judged> = dossiers.into_iter().map(Sample::build).collect();
        Self {
            region: "11",
            served: served(),
            dossiers,
            excluded: Vec::new(),
            unreadable: Vec::new(),
            known_since: BTreeMap::from([(99, at("2021-10-05T08:00:00Z"))]),
            provisional: Vec::new(),
            behind: Vec::new(),
        }
    }

    /// The same, as documents are given them.
    pub(super) fn bare(&self) -> Self {
        Self { dossiers: self.dossiers.iter().cloned().map(shown).collect(), ..self.clone() }
    }

    pub(super) fn sources(&self) -> Sources<'_> {
        Sources {
            region: Region::of(self.region),
            served: &self.served,
            excluded: &self.excluded,
            unreadable: &self.unreadable,
            known_since: &self.known_since,
            provisional: &self.provisional,
            behind: &self.behind,
            site: "https://demarche.numerique.gouv.fr",
        }
    }
}

/// A dossier whose content cannot be read.
pub(super) fn unreadable(number: DossierNumber, programme: Programme) -> Unreadable {
    Unreadable { number, procedure: 61_234, programme, deposited_at: Some(at("2021-09-03T10:33:00Z")), removed: None }
}

/// A dossier under construction.
#[derive(Debug, Clone)]
pub(super) struct Sample(Judged);

impl Sample {
    pub(super) fn build(self) -> Judged {
        self.0
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Judged)) -> Self {
        change(&mut self.0);
        self
    }

    pub(super) fn programme(self, programme: Programme) -> Self {
        self.with(|judged| judged.subject.programme = programme)
    }

    pub(super) fn state(self, state: DossierState) -> Self {
        self.with(|judged| judged.subject.state = state)
    }

    pub(super) fn filed(self, instant: &str) -> Self {
        self.with(|judged| judged.subject.deposited_at = at(instant))
    }

    pub(super) fn removed(self, reason: RemovalReason) -> Self {
        self.with(|judged| judged.subject.removed = Some(Removal { reason, at: at("2021-09-25T08:00:00Z") }))
    }

    pub(super) fn departement(self, code: Option<&str>) -> Self {
        self.with(|judged| judged.subject.applicant.departement = code.map(str::to_owned))
    }

    pub(super) fn name(self, name: Option<&str>) -> Self {
        self.with(|judged| judged.subject.applicant.name = name.map(str::to_owned))
    }

    pub(super) fn fact(self, name: FactName, value: FactValue) -> Self {
        let source =
            FactSource { kind: ChampKind::Champ, descriptor_id: String::new(), label: name.label().to_owned() };
        self.with(|judged| judged.subject.facts.set(name, Ok(Fact { value, source })))
    }

    pub(super) fn text(self, name: FactName, text: &str) -> Self {
        self.fact(name, FactValue::Text(text.to_owned()))
    }

    pub(super) fn amount(self, name: FactName, cents: i64) -> Self {
        self.fact(name, FactValue::Amount(Cents::from(cents)))
    }

    pub(super) fn date(self, name: FactName, date: Date) -> Self {
        self.fact(name, FactValue::Date(date))
    }

    pub(super) fn communes(self, codes: &[&str]) -> Self {
        let communes = codes.iter().map(|code| CommuneRef { code: Some((*code).to_owned()), text: (*code).to_owned() });
        self.fact(FactName::AttachedCommunes, FactValue::Communes(communes.collect()))
    }

    pub(super) fn computed(self, cents: Option<i64>) -> Self {
        self.with(|judged| judged.evaluation.computed = cents.map(Cents::from))
    }

    pub(super) fn verdict(self, rule: &str, kind: RuleKind, verdict: VerdictValue, explanation: &str) -> Self {
        let verdict = Verdict {
            rule: rule.to_owned(),
            kind,
            verdict,
            explanation: explanation.to_owned(),
            citation: String::new(),
            facts: Vec::new(),
            parameters: Vec::new(),
            decided_by: None,
            computed_verdict: None,
        };
        self.with(|judged| {
            judged.evaluation.verdicts.push(verdict);
            judged.evaluation.status = Status::of(&judged.evaluation.verdicts);
        })
    }

    pub(super) fn missing(self, rule: &str, ask: &str) -> Self {
        let missing = Missing { who: Who::Demandeur, what: ask.to_owned(), fact: None, rule: rule.to_owned() };
        self.with(|judged| judged.evaluation.missing.push(missing))
    }

    pub(super) fn accepted(self, granted_cents: i64, committee: Date) -> Self {
        self.state(DossierState::Accepte)
            .with(|judged| judged.subject.treated_at = Some(at(&format!("{committee}T08:00:00Z"))))
            .amount(FactName::GrantedAmount, granted_cents)
            .date(FactName::CommitteeDate, committee)
    }
}

/// Drawing rights of the guide: 297 000 € a département, none for Paris.
pub(super) fn drawing_rights() -> BTreeMap<String, Option<Cents>> {
    served().into_iter().filter(|code| code != "75").map(|code| (code, Some(Cents::euros(297_000)))).collect()
}
