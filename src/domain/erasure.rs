//! What stays of a dossier that DS erased: what lists and sums of the past rest on, nothing that names or quotes a person.
//!
//! Number, démarche, programme, state, dates of DS and the bare verdicts always stay. Of the rest, only what is named in
//! [`Keep`], and only what can be told in numbers, dates and official codes: free text, files and lines of expenses never
//! stay, a name and a SIRET only when they are those of a public body.
//!
//! A grant does not end with its file: of a dossier last known as accepted, what sums and controls across dossiers rest on stays
//! whatever [`Keep`] says.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::fact::{Absence, CommuneRef, Fact, FactName, FactType, FactValue, Facts};
use super::subject::{ApplicantProfile, Judged, LegalKind, Subject};
use super::verdict::{Evaluation, Verdict};

/// What stands where something was erased and a text is needed.
pub const ERASED: &str = "effacé";

/// Something that can stay of an erased dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keepable {
    /// The applicant's département.
    Departement,
    /// The INSEE code of the commune of a public body.
    CodeInsee,
    /// The SIRET of a public body.
    Siret,
    /// The name of a public body.
    Applicant,
    /// The amount of the programme's rule.
    ComputedAmount,
    /// A fact; `population` and `eligible_expenses` cover what the tables and the rules say of them too.
    Fact(FactName),
}

impl Keepable {
    /// Everything that can stay, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        let facts = FactName::ALL.iter().copied().filter(|name| is_impersonal(*name)).map(Self::Fact);
        [Self::Departement, Self::CodeInsee, Self::Siret, Self::Applicant, Self::ComputedAmount]
            .into_iter()
            .chain(facts)
    }

    /// Whether it always stays of a grant: amounts, dates, who was granted it and for which communes.
    const fn is_of_a_grant(self) -> bool {
        match self {
            Self::Applicant => false,
            Self::Departement
            | Self::CodeInsee
            | Self::Siret
            | Self::ComputedAmount
            | Self::Fact(FactName::ApplicantType | FactName::AttachedCommunes | FactName::Service) => true,
            Self::Fact(name) => matches!(name.fact_type(), FactType::Amount | FactType::Date | FactType::Departements),
        }
    }

    /// As in the configuration.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Departement => "departement",
            Self::CodeInsee => "code_insee",
            Self::Siret => "siret",
            Self::Applicant => "applicant",
            Self::ComputedAmount => "computed_amount",
            Self::Fact(name) => name.code(),
        }
    }
}

/// Whether a fact is made of numbers, dates and official codes only.
const fn is_impersonal(name: FactName) -> bool {
    !matches!(name.fact_type(), FactType::Text | FactType::Files | FactType::Expenses)
}

impl FromStr for Keepable {
    type Err = String;
    fn from_str(code: &str) -> Result<Self, String> {
        Self::all().find(|known| known.code() == code).ok_or_else(|| code.to_owned())
    }
}

impl fmt::Display for Keepable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// What stays of the dossiers that are erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep(BTreeSet<Keepable>);

impl Default for Keep {
    /// What sums and their periods rest on: amounts, dates, départements.
    fn default() -> Self {
        Self::of(Keepable::all().filter(|one| match one {
            Keepable::Departement | Keepable::ComputedAmount => true,
            Keepable::CodeInsee | Keepable::Siret | Keepable::Applicant => false,
            Keepable::Fact(name) => {
                matches!(name.fact_type(), FactType::Amount | FactType::Date | FactType::Departements)
            }
        }))
    }
}

impl Keep {
    /// Exactly these.
    #[must_use]
    pub fn of(kept: impl IntoIterator<Item = Keepable>) -> Self {
        Self(kept.into_iter().collect())
    }

    /// What stays, in the order of the documentation.
    pub fn iter(&self) -> impl Iterator<Item = Keepable> {
        self.0.iter().copied()
    }

    fn has(&self, one: Keepable) -> bool {
        self.0.contains(&one)
    }

    /// The same with what always stays of a grant.
    #[must_use]
    pub fn of_a_grant(&self) -> Self {
        Self(self.iter().chain(Keepable::all().filter(|one| one.is_of_a_grant())).collect())
    }

    /// What stays of a dossier. Reducing twice changes nothing more.
    #[must_use]
    pub fn reduce(&self, judged: &Judged) -> Judged {
        Judged { subject: self.subject(&judged.subject), evaluation: self.evaluation(&judged.evaluation) }
    }

    fn subject(&self, subject: &Subject) -> Subject {
        let applicant = &subject.applicant;
        let public = is_public(applicant.legal_kind);
        let if_kept = |one, value: &Option<String>| value.clone().filter(|_| self.has(one));
        Subject {
            applicant: ApplicantProfile {
                name: if_kept(Keepable::Applicant, &applicant.name).filter(|_| public),
                siret: applicant.siret.clone().filter(|_| public && self.has(Keepable::Siret)),
                legal_kind: applicant.legal_kind,
                code_insee: if_kept(Keepable::CodeInsee, &applicant.code_insee).filter(|_| public),
                departement: if_kept(Keepable::Departement, &applicant.departement),
                population: applicant.population.filter(|_| self.has(Keepable::Fact(FactName::Population))),
            },
            facts: self.facts(&subject.facts),
            erased: true,
            ..subject.clone()
        }
    }

    /// Labels are those of the form, codes those of the program: nothing in what stays was typed freely.
    fn facts(&self, facts: &Facts) -> Facts {
        let mut kept = Facts::default();
        for name in FactName::ALL {
            let stays = self.has(Keepable::Fact(*name)) && is_impersonal(*name);
            let outcome = match facts.get(*name) {
                Err(Absence::NotMapped) => continue,
                Ok(fact) if stays => Ok(without_words(fact)),
                Err(absence @ (Absence::Blank { .. } | Absence::NotOnForm { .. })) if stays => Err(absence.clone()),
                _ => Err(Absence::Erased),
            };
            kept.set(*name, outcome);
        }
        kept
    }

    fn evaluation(&self, evaluation: &Evaluation) -> Evaluation {
        let expenses = Keepable::Fact(FactName::EligibleExpenses);
        Evaluation {
            verdicts: evaluation.verdicts.iter().map(bare).collect(),
            status: evaluation.status,
            eligible_expenses: evaluation.eligible_expenses.filter(|_| self.has(expenses)),
            computed: evaluation.computed.filter(|_| self.has(Keepable::ComputedAmount)),
            missing: Vec::new(),
        }
    }
}

/// A collectivité, a public body or the State: nobody's private life.
const fn is_public(kind: LegalKind) -> bool {
    matches!(
        kind,
        LegalKind::Commune
            | LegalKind::Departement
            | LegalKind::Region
            | LegalKind::Groupement
            | LegalKind::Syndicat
            | LegalKind::LocalPublicBody
            | LegalKind::State
    )
}

/// Of communes, their codes alone.
fn without_words(fact: &Fact) -> Fact {
    let value = match &fact.value {
        FactValue::Communes(communes) => FactValue::Communes(
            communes
                .iter()
                .filter(|commune| commune.code.is_some())
                .map(|commune| CommuneRef { code: commune.code.clone(), text: String::new() })
                .collect(),
        ),
        other => other.clone(),
    };
    Fact { value, source: fact.source.clone() }
}

/// What a rule said, without what it said it of.
fn bare(verdict: &Verdict) -> Verdict {
    Verdict {
        explanation: ERASED.to_owned(),
        facts: Vec::new(),
        parameters: Vec::new(),
        decided_by: verdict.decided_by.as_ref().map(|_| ERASED.to_owned()),
        ..verdict.clone()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::champ::{AttachedFile, ChampKind};
    use crate::domain::dossier::DossierState;
    use crate::domain::fact::{Correction, ExpenseLine, FactSource, Remark};
    use crate::domain::journal::Target;
    use crate::domain::money::Cents;
    use crate::domain::programme::Programme;
    use crate::domain::siret::Siret;
    use crate::domain::verdict::{FactRead, Missing, RuleKind, Status, VerdictValue, Who};

    /// In every place where something typed or said by a person can be.
    const MARKER: &str = "Marguerite";

    fn value(name: FactName) -> FactValue {
        let marker = || MARKER.to_owned();
        let date = jiff::civil::date(2021, 9, 3);
        match name.fact_type() {
            FactType::Choice(codes) => FactValue::Choice(codes[0].to_owned()),
            FactType::Choices(codes) => FactValue::Choices([codes[0].to_owned()].into()),
            FactType::Communes => FactValue::Communes(vec![
                CommuneRef { code: Some("77001".to_owned()), text: marker() },
                CommuneRef { code: None, text: marker() },
            ]),
            FactType::Files => FactValue::Files(vec![AttachedFile {
                filename: marker(),
                content_type: marker(),
                byte_size: 1,
                checksum: marker(),
                created_at: "2021-09-03T08:00:00Z".parse().unwrap(),
                virus_scan: "safe".to_owned(),
            }]),
            FactType::Expenses => {
                FactValue::Expenses(vec![ExpenseLine { nature_text: marker(), ..ExpenseLine::default() }])
            }
            FactType::Amount => FactValue::Amount(Cents(12_345)),
            FactType::Integer => FactValue::Integer(3),
            FactType::Date => FactValue::Date(date),
            FactType::YesNo => FactValue::YesNo(true),
            FactType::Departements => FactValue::Departements(vec!["77".to_owned()]),
            FactType::Text => FactValue::Text(marker()),
            FactType::Scores => FactValue::Scores([("impact".to_owned(), 3)].into()),
        }
    }

    fn full(legal_kind: LegalKind) -> Judged {
        let marker = || MARKER.to_owned();
        let at = "2021-09-03T08:00:00Z".parse().unwrap();
        let mut facts = Facts::default();
        for name in FactName::ALL {
            let source = FactSource { kind: ChampKind::Champ, descriptor_id: "x".to_owned(), label: "X".to_owned() };
            facts.set(*name, Ok(Fact { value: value(*name), source }));
        }
        facts.remarks.push(Remark { fact: FactName::Theme, message: marker() });
        let target = Target { fact: FactName::Theme, column: None, row: None };
        facts.corrections.push(Correction {
            target,
            original: Some(marker()),
            value: marker(),
            by: marker(),
            dropped: false,
        });
        let subject = Subject {
            number: 7,
            procedure: 12,
            programme: Programme::Axe3V1,
            state: DossierState::Accepte,
            deposited_at: at,
            updated_at: at,
            treated_at: Some(at),
            removed: None,
            applicant: ApplicantProfile {
                name: Some(marker()),
                siret: Siret::parse("21770001100019").ok(),
                legal_kind,
                code_insee: Some("77001".to_owned()),
                departement: Some("77".to_owned()),
                population: Some(1_200),
            },
            facts,
            opinion_given: Some(true),
            opinions_withheld: false,
            erased: false,
        };
        let verdict = Verdict {
            rule: "A3V1-01".to_owned(),
            kind: RuleKind::Control,
            verdict: VerdictValue::NotMet,
            explanation: marker(),
            citation: "guide".to_owned(),
            facts: vec![FactRead {
                fact: marker(),
                label: marker(),
                value: Some(marker()),
                origin: marker(),
                needed: true,
            }],
            parameters: Vec::new(),
            decided_by: Some(marker()),
            computed_verdict: Some(VerdictValue::Met),
        };
        let missing = Missing { who: Who::Demandeur, what: marker(), fact: None, rule: "A3V1-01".to_owned() };
        let evaluation = Evaluation {
            verdicts: vec![verdict],
            status: Status::AVerifier,
            eligible_expenses: Some(Cents(1)),
            computed: Some(Cents(2)),
            missing: vec![missing],
        };
        Judged { subject, evaluation }
    }

    fn text(judged: &Judged) -> String {
        format!(
            "{}{}",
            serde_json::to_string(&judged.subject).unwrap(),
            serde_json::to_string(&judged.evaluation).unwrap()
        )
    }

    #[test]
    fn what_sums_rest_on_stays_by_default_and_nobody_is_named() {
        let Judged { subject, evaluation } = Keep::default().reduce(&full(LegalKind::Commune));
        assert!(subject.erased);
        assert_eq!(
            (subject.number, &subject.state, subject.applicant.departement.as_deref()),
            (7, &DossierState::Accepte, Some("77"))
        );
        assert_eq!((subject.applicant.name, subject.applicant.siret, subject.applicant.code_insee), (None, None, None));
        assert_eq!(subject.facts.amount(FactName::GrantedAmount), Some(Cents(12_345)));
        assert_eq!(subject.facts.date(FactName::CommitteeDate), Some(jiff::civil::date(2021, 9, 3)));
        assert_eq!(subject.facts.get(FactName::ProjectTitle), Err(&Absence::Erased));
        assert_eq!((evaluation.eligible_expenses, evaluation.computed), (Some(Cents(1)), Some(Cents(2))));
        assert_eq!(
            (evaluation.verdicts[0].verdict, evaluation.verdicts[0].explanation.as_str()),
            (VerdictValue::NotMet, ERASED)
        );
    }

    #[test]
    fn a_name_stays_only_when_it_is_that_of_a_public_body() {
        let keep = Keep::of([Keepable::Applicant, Keepable::Siret]);
        assert!(text(&keep.reduce(&full(LegalKind::Commune))).contains("21770001100019"));
        for kind in [LegalKind::Person, LegalKind::Company, LegalKind::Association, LegalKind::Unknown] {
            let reduced = keep.reduce(&full(kind));
            assert_eq!((&reduced.subject.applicant.name, &reduced.subject.applicant.siret), (&None, &None), "{kind:?}");
        }
    }

    #[test]
    fn what_controls_across_dossiers_rest_on_stays_of_a_grant_whatever_is_kept() {
        let Judged { subject, evaluation } = Keep::of([]).of_a_grant().reduce(&full(LegalKind::Commune));
        assert_eq!(subject.applicant.siret, full(LegalKind::Commune).subject.applicant.siret);
        assert_eq!(subject.applicant.departement.as_deref(), Some("77"));
        assert_eq!(subject.applicant.code_insee.as_deref(), Some("77001"));
        for name in [FactName::GrantedAmount, FactName::PaidOn, FactName::ProjectDepartement, FactName::ApplicantType] {
            assert!(subject.facts.get(name).is_ok(), "{name}");
        }
        let communes = subject.facts.communes(FactName::AttachedCommunes).unwrap();
        assert_eq!(communes, [CommuneRef { code: Some("77001".to_owned()), text: String::new() }]);
        assert_eq!(
            (subject.applicant.name.as_deref(), subject.facts.get(FactName::Theme)),
            (None, Err(&Absence::Erased))
        );
        assert_eq!(evaluation.computed, Some(Cents(2)));
        for kind in [LegalKind::Person, LegalKind::Company] {
            let reduced = Keep::default().of_a_grant().reduce(&full(kind)).subject.applicant;
            assert_eq!((reduced.siret, reduced.code_insee), (None, None), "{kind:?}");
        }
    }

    #[test]
    fn only_words_of_the_vocabulary_are_read() {
        for kept in Keepable::all() {
            assert_eq!(kept.code().parse(), Ok(kept));
        }
        for word in ["feedback", "invoices", "expenses", "project_title", "ej", "email", ""] {
            assert_eq!(word.parse::<Keepable>(), Err(word.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_kept_nothing_typed_by_a_person_stays(kept in prop::collection::vec(any::<prop::sample::Index>(), 0..12), grant in any::<bool>()) {
            let all: Vec<Keepable> = Keepable::all().collect();
            let keep = Keep::of(kept.iter().map(|index| *index.get(&all)));
            let keep = if grant { keep.of_a_grant() } else { keep };
            let reduced = keep.reduce(&full(LegalKind::Person));
            prop_assert!(!text(&reduced).contains(MARKER));
            prop_assert_eq!(keep.reduce(&reduced), reduced);
        }
    }
}
