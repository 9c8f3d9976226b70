//! A dossier with verdicts of several kinds, for the tests of the views.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;

use crate::attachments::Contents;
use crate::desk::{AttachmentRecord, DossierLine, FormCell, FormRow, HeldFile, Page, QuarantineEntry};
use crate::domain::attachment::{Anchor, Attachment, Kept, KeptAttachment};
use crate::domain::champ::{AttachedFile, ChampKind};
use crate::domain::dossier::{Dossier, DossierState};
use crate::domain::fact::{Correction, ExpenseLine, Fact, FactName, FactSource, FactValue, Facts, Remark};
use crate::domain::journal::{Act, Entry, Patch, Target};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::{ApplicantProfile, Judged, LegalKind, Subject};
use crate::domain::verdict::{
    Evaluation, FactRead, Missing, ParameterRead, RuleKind, Status, Verdict, VerdictValue, Who,
};
use crate::raw;
use crate::rules::Credits;

pub(super) fn sample() -> Judged {
    let verdicts = verdicts();
    let evaluation = Evaluation {
        status: Status::of(&verdicts),
        verdicts,
        eligible_expenses: Some(Cents(3_000_000)),
        computed: Some(Cents(880_000)),
        missing: vec![
            to_do(Who::Demandeur, "À compléter : factures.", "ADS-03"),
            to_do(Who::Demandeur, "À compléter : SIRET du demandeur.", "ADS-09"),
            to_do(Who::Demandeur, "À compléter : SIRET du demandeur.", "ADS-11"),
            to_do(Who::Instructeur, "À trancher : nature « autre », admise ou non (ligne de dépense 3).", "ADS-05"),
            to_do(Who::Prefecture, "À renseigner : montant accordé.", "ADS-11"),
            to_do(Who::Relecture, "À relire : ligne de dépense 4 (DS n’a pas tout donné).", "ADS-05"),
        ],
    };
    Judged { subject: subject(), evaluation }
}

/// All that is shown of it, with what people did about it.
pub(super) fn sample_page() -> Page {
    let decide = |rule: &str, verdict| Act::Decide {
        rule: rule.to_owned(),
        verdict,
        computed: VerdictValue::ToReview,
        facts: BTreeMap::new(),
    };
    let target = origin();
    let champ = "0".to_owned();
    let patch = Patch::Origin("eu".to_owned());
    let correct = Act::Correct { target: target.clone(), value: "eu".to_owned(), patch, champ };
    let acts = [
        (decide("ADS-01", VerdictValue::NotMet), "vu trop vite"),
        (decide("ADS-01", VerdictValue::Met), "vérifié par téléphone"),
        (decide("ADS-03", VerdictValue::Met), "factures reçues par courrier"),
        (correct, "l’éditeur est établi à Nantes"),
        (Act::Exclude, "dossier d’essai déposé pour une formation"),
    ];
    let journal = (1..).zip(acts).map(|(id, (act, reason))| Entry {
        id,
        dossier: 4242,
        at: "2021-11-05T08:12:00Z".parse().unwrap(),
        by: "Camille Dupont".to_owned(),
        reason: reason.to_owned(),
        act,
    });
    let cell = |label: &str, value: &str| FormCell {
        label: label.to_owned(),
        value: value.to_owned(),
        is_decimal: value.ends_with(".0"),
    };
    let row = |fact, id: &str, cells| FormRow { fact, row_id: id.to_owned(), cells };
    let rows = vec![
        row(
            FactName::AttachedCommunes,
            "Um93LTAxRkdYWkI1MTIzNDU2Nzg5MEFCQ0RFRkdI",
            vec![cell("Commune rattachée", "Montreuil (93100)")],
        ),
        row(
            FactName::Expenses,
            target.row.as_deref().unwrap(),
            vec![
                cell("Nature de la dépense", "Logiciel"),
                cell("Montant en euros", "30000.0"),
                cell("Siège de l’éditeur", "Hors Union européenne"),
            ],
        ),
    ];
    let line = DossierLine { excluded_at: Some(Timestamp::UNIX_EPOCH), ..sample_line() };
    Page {
        link: "https://demarche.numerique.gouv.fr/procedures/61234/dossiers/4242".to_owned(),
        judged: sample(),
        line,
        journal: journal.collect(),
        rows,
        attachments: sample_attachments(),
        filed: Some(sample_filed()),
        unreadable: None,
        quarantine: Some(QuarantineEntry {
            dossier: 4242,
            procedure: 61234,
            since: "2021-11-05T09:00:00Z".parse().unwrap(),
            tried_at: "2021-11-05T09:00:00Z".parse().unwrap(),
            reason: "reçu sans : annotations – l’API a échoué (HTTP 500)".to_owned(),
        }),
        credits: Some(Credits {
            named: "l’enveloppe régionale Démat.ADS".to_owned(),
            departement: None,
            total: Cents::euros(100_000),
            granted: Cents::euros(104_000),
            unsettled: Cents::euros(1_000),
            without_amount: 2,
        }),
        past: None,
    }
}

fn to_do(who: Who, what: &str, rule: &str) -> Missing {
    Missing { who, what: what.to_owned(), fact: None, rule: rule.to_owned() }
}

/// Of what DS gave, what is shown as it is.
fn sample_filed() -> Dossier {
    let json = r#"{
        "number": 4242, "state": "en_instruction",
        "dateDepot": "2021-09-01T10:00:00+02:00", "dateDerniereModification": "2021-09-03T12:33:00+02:00",
        "labels": [{"name": "Complet"}, {"name": "À relancer"}],
        "attestation": {"checksum": "x==", "createdAt": "2021-12-01T10:00:00+01:00"}
    }"#;
    raw::decode(json).unwrap()
}

fn origin() -> Target {
    Target {
        fact: FactName::Expenses,
        column: Some("origin".to_owned()),
        row: Some("Um93LTAxRkdYWkI1MTIzNDU2Nzg5MEFCQ0RFRktM".to_owned()),
    }
}

/// The same dossier as the database shows it in one line.
pub(super) fn sample_line() -> DossierLine {
    let Judged { subject, evaluation } = sample();
    let amount = |name| subject.facts.amount(name);
    DossierLine {
        number: subject.number,
        procedure: subject.procedure,
        programme: subject.programme,
        state: subject.state.clone(),
        deposited_at: Some(subject.deposited_at),
        updated_at: Some(subject.updated_at),
        siret: subject.applicant.siret.clone().map(String::from),
        applicant: subject.applicant.name.clone(),
        code_insee: subject.applicant.code_insee.clone(),
        departement: subject.applicant.departement.clone(),
        population: subject.applicant.population,
        status: Some(evaluation.status),
        eligible_expenses: evaluation.eligible_expenses,
        computed: evaluation.computed,
        granted: amount(FactName::GrantedAmount),
        engaged: amount(FactName::EngagedAmount),
        paid: amount(FactName::PaidAmount),
        removed_at: None,
        removed: None,
        excluded_at: None,
        counted: None,
        erased_at: None,
    }
}

fn subject() -> Subject {
    Subject {
        number: 4242,
        procedure: 61234,
        programme: Programme::Axe3V1Ads,
        state: DossierState::EnInstruction,
        deposited_at: "2021-10-30T21:30:00Z".parse().unwrap(),
        updated_at: "2021-11-02T08:00:00Z".parse().unwrap(),
        treated_at: None,
        removed: None,
        applicant: ApplicantProfile {
            name: Some("Établissement public territorial Est Ensemble, service instructeur mutualisé".to_owned()),
            siret: Some(Siret::parse("20005787500011").unwrap()),
            legal_kind: LegalKind::Groupement,
            code_insee: Some("93063".to_owned()),
            departement: Some("93".to_owned()),
            population: Some(447_969),
        },
        facts: facts(),
        opinion_given: None,
        opinions_withheld: false,
        erased: false,
    }
}

fn facts() -> Facts {
    let mut facts = Facts::default();
    let source = FactSource {
        kind: ChampKind::Annotation,
        descriptor_id: "Q2hhbXAtMjAx".to_owned(),
        label: "Montant".to_owned(),
    };
    for (name, cents) in [(FactName::EngagedAmount, 800_000), (FactName::PaidAmount, 300_050)] {
        facts.set(name, Ok(Fact { value: FactValue::Amount(Cents::from(cents)), source: source.clone() }));
    }
    let line = ExpenseLine {
        row_id: origin().row,
        nature: Some("software".to_owned()),
        nature_text: "Logiciel".to_owned(),
        amount: Some(Cents::euros(30_000)),
        origin: Some("eu".to_owned()),
        ..ExpenseLine::default()
    };
    let source =
        FactSource { kind: ChampKind::Champ, descriptor_id: "Q2hhbXAtMTA1".to_owned(), label: "Dépenses".to_owned() };
    facts.set(FactName::Expenses, Ok(Fact { value: FactValue::Expenses(vec![line]), source }));
    facts.corrections.push(Correction {
        target: origin(),
        original: Some("non_eu".to_owned()),
        value: "eu".to_owned(),
        by: "Camille Dupont, le 05/11/2021 : l’éditeur est établi à Nantes".to_owned(),
        dropped: false,
    });
    facts
        .remarks
        .push(Remark { fact: FactName::AttachedCommunes, message: "la ligne 3 répète la commune 93048".to_owned() });
    facts
}

fn verdicts() -> Vec<Verdict> {
    use RuleKind::{Amount, Blocking, Control, Priority};
    use VerdictValue::{Met, NotApplicable, NotMet, ToReview};
    let carrier = FactRead {
        fact: "applicant_type".to_owned(),
        label: "type de demandeur".to_owned(),
        value: Some("centre_instructeur".to_owned()),
        origin: "champ « Qualité du demandeur »".to_owned(),
        needed: true,
    };
    let invoices = FactRead {
        fact: "invoices".to_owned(),
        label: "factures".to_owned(),
        value: None,
        origin: "le champ « Justificatifs » est vide ou masqué".to_owned(),
        needed: true,
    };
    let base = ParameterRead {
        name: "ads_base".to_owned(),
        value: Cents::euros(4_000).to_string(),
        valid_from: Some(date(2021, 1, 25)),
        valid_to: None,
        citation: "[M1-rég]".to_owned(),
        selected_on: Some(date(2021, 9, 1)),
        selected_by: Some("jour du dépôt".to_owned()),
    };
    let cap = ParameterRead {
        name: "ads_cap_share".to_owned(),
        value: "100 %".to_owned(),
        valid_from: None,
        valid_to: None,
        citation: "réglage".to_owned(),
        selected_on: Some(date(2021, 9, 1)),
        selected_by: Some("jour du dépôt".to_owned()),
    };
    vec![
        Verdict {
            facts: vec![carrier],
            decided_by: Some("Camille Dupont, le 05/11/2021 : vérifié par téléphone".to_owned()),
            computed_verdict: Some(ToReview),
            ..verdict("ADS-01", Blocking, Met, "La demande est portée par un centre instructeur.")
        },
        Verdict {
            facts: vec![invoices],
            ..verdict(
                "ADS-03",
                Blocking,
                ToReview,
                "Aucune facture n’est jointe alors que le dossier est encore en construction : demandez les factures au \
                 porteur du projet avant de passer le dossier en instruction.",
            )
        },
        Verdict {
            parameters: vec![base, cap],
            ..verdict("ADS-06", Amount, Met, "4 000 € + 12 communes × 400 € = 8 800 €.")
        },
        verdict("ADS-11", Control, NotApplicable, "Aucun montant n’est encore accordé."),
        verdict("A3V1-05", Priority, NotMet, "Le projet se termine après octobre 2022."),
    ]
}

fn verdict(rule: &str, kind: RuleKind, verdict: VerdictValue, explanation: &str) -> Verdict {
    Verdict {
        rule: rule.to_owned(),
        kind,
        verdict,
        explanation: explanation.to_owned(),
        citation: "[T4] « un court formulaire et les factures »".to_owned(),
        facts: Vec::new(),
        parameters: Vec::new(),
        decided_by: None,
        computed_verdict: None,
    }
}

/// A file in each state.
pub(super) fn sample_attachments() -> Vec<HeldFile> {
    let sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03".to_owned();
    let reason = "4 096 octets reçus, 5 120 annoncés ; l’empreinte MD5 n’est pas celle annoncée".to_owned();
    let states = [
        ("facture-01.pdf", Kept::Stored { sha256: sha256.clone() }),
        ("facture-02.jpg", Kept::Unverified { sha256, reason }),
        ("délibération du conseil communautaire.pdf", Kept::Pending),
        ("devis.pdf", Kept::Failed { reason: "le stockage des fichiers de DS n’a pas répondu à temps".to_owned() }),
    ];
    let record = |(position, (filename, kept)): (i64, (&str, Kept))| AttachmentRecord {
        dossier: 5_210_007,
        position,
        kept: KeptAttachment {
            attachment: Attachment {
                anchor: Anchor { kind: ChampKind::Champ, champ_id: "Q2hhbXAtMTAx".to_owned(), row_id: None },
                label: "Factures acquittées".to_owned(),
                file: AttachedFile {
                    filename: filename.to_owned(),
                    content_type: "application/pdf".to_owned(),
                    byte_size: 51_200,
                    checksum: "CY9rzUYh03PK3k6DJie09g==".to_owned(),
                    created_at: Timestamp::UNIX_EPOCH,
                    virus_scan: "safe".to_owned(),
                },
            },
            kept,
            settled_at: None,
            failed_since: None,
        },
    };
    let contents = Contents::new("/var/lib/fitn/fitn-pieces".into());
    let held = |record: AttachmentRecord| HeldFile {
        path: record.kept.kept.sha256().map(|sha256| contents.path(sha256)),
        record,
    };
    (0..).zip(states).map(record).map(held).collect()
}
