//! Every column of every stable view, by values that all differ: two that were exchanged would be seen.

use rusqlite::types::Value;

use super::*;
use crate::domain::attachment::{Anchor, Attachment, Kept};
use crate::domain::champ::AttachedFile;
use crate::domain::fact::{Fact, FactName, FactSource, FactValue, Facts};
use crate::domain::journal::{Patch, Target};
use crate::domain::money::Cents;
use crate::domain::right::Right;
use crate::domain::siret::Siret;
use crate::domain::subject::{ApplicantProfile, LegalKind, Subject};
use crate::domain::verdict::{Evaluation, RuleKind, Status, Verdict, VerdictValue};

/// A day of 2021 that nothing else bears.
fn day(number: u8) -> String {
    format!("2021-01-{number:02}T00:00:00Z")
}

fn amount(facts: &mut Facts, name: FactName, cents: i64) {
    let source =
        FactSource { kind: ChampKind::Annotation, descriptor_id: String::new(), label: name.label().to_owned() };
    facts.set(name, Ok(Fact { value: FactValue::Amount(cents.into()), source }));
}

pub(in crate::store) fn subject() -> Subject {
    let mut facts = Facts::default();
    amount(&mut facts, FactName::GrantedAmount, 1_003);
    amount(&mut facts, FactName::EngagedAmount, 1_004);
    amount(&mut facts, FactName::PaidAmount, 1_005);
    Subject {
        number: 7,
        procedure: PROCEDURE,
        programme: Programme::Axe3V1Ads,
        state: DossierState::Accepte,
        deposited_at: at(&day(1)),
        updated_at: at(&day(2)),
        treated_at: None,
        removed: None,
        applicant: ApplicantProfile {
            name: Some("Melun".to_owned()),
            siret: Siret::parse("20005787500011").ok(),
            legal_kind: LegalKind::Commune,
            code_insee: Some("77288".to_owned()),
            departement: Some("77".to_owned()),
            population: Some(40_844),
        },
        facts,
        opinion_given: None,
        opinions_withheld: false,
        erased: false,
    }
}

fn evaluation() -> Evaluation {
    let verdict = Verdict {
        rule: "ADS-01".to_owned(),
        kind: RuleKind::Blocking,
        verdict: VerdictValue::ToReview,
        explanation: "explication".to_owned(),
        citation: "passage".to_owned(),
        facts: Vec::new(),
        parameters: Vec::new(),
        decided_by: Some("signature".to_owned()),
        computed_verdict: Some(VerdictValue::Met),
    };
    Evaluation {
        verdicts: vec![verdict],
        status: Status::AVerifier,
        eligible_expenses: Some(Cents(1_001)),
        computed: Some(Cents(1_002)),
        missing: Vec::new(),
    }
}

/// One dossier of which everything is known, and what was done about it.
pub(in crate::store) fn fill(writer: &Writer<'_>) -> Result<(), StoreError> {
    let champs = [ChampRow {
        kind: ChampKind::Annotation,
        champ_id: "champ".to_owned(),
        descriptor_id: "descripteur".to_owned(),
        label: "libellé".to_owned(),
        type_name: "TextChamp".to_owned(),
        row_id: Some("ligne".to_owned()),
        value: Some("valeur".to_owned()),
    }];
    let dossier =
        Dossier { deposited_at: at(&day(1)), updated_at: at(&day(2)), ..super::dossier(7, DossierState::Accepte) };
    let record =
        DossierRecord { procedure: PROCEDURE, dossier: &dossier, champs: &champs, raw: "{}", content_hash: [1; 32] };
    writer.dossier_upsert(&record, at(&day(3)))?;
    writer.subject_put(&subject(), "lecture", at(&day(3)))?;
    writer.evaluation_put(7, &evaluation(), "règles", "base", at(&day(3)))?;
    writer.counted_put(7, Some(Cents(1_006)))?;
    let file = AttachedFile {
        filename: "facture.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        byte_size: 12,
        checksum: "somme".to_owned(),
        created_at: at(&day(4)),
        virus_scan: "safe".to_owned(),
    };
    let anchor = Anchor { kind: ChampKind::Champ, champ_id: "pièce".to_owned(), row_id: Some("ligne".to_owned()) };
    let attachment = Attachment { anchor, label: "Factures".to_owned(), file };
    writer.attachments_replace(7, 1, &[attachment], at(&day(5)))?;
    let kept = Kept::Unverified { sha256: "empreinte".to_owned(), reason: "motif".to_owned() };
    writer.attachment_settle(7, 0, &kept, at(&day(6)))?;
    let notice = RemovalNotice {
        number: 7,
        procedure: PROCEDURE,
        state: DossierState::Accepte,
        reason: RemovalReason::Pending,
        at: at(&day(7)),
    };
    writer.dossier_remove(&notice, at(&day(8)))?;
    writer.quarantine_put(&QuarantineEntry {
        dossier: 8,
        procedure: PROCEDURE,
        since: at(&day(9)),
        tried_at: at(&day(10)),
        reason: "illisible".to_owned(),
    })?;
    let run = writer.run_begin("manual", at(&day(11)))?;
    writer.run_count(run, RunCounters { pages: 21, seen: 22, changed: 23, quarantined: 24 })?;
    writer.run_finish(run, RunOutcome::Failed, Some("en maintenance"), at(&day(12)))?;
    let export = NewExport {
        kind: "monthly-list".to_owned(),
        period: "2021-08".to_owned(),
        revision: 3,
        format: "csv".to_owned(),
        file_name: "liste.csv".to_owned(),
        path: "exports/liste.csv".to_owned(),
        says: "contenu".to_owned(),
    };
    writer.export_keep(&export, &written(b"octets"), at(&day(13)))?;
    let withdrawal =
        Withdrawal { kind: "monthly-list", period: "2021-08", revision: 3, by: "Camille", reason: "erreur" };
    writer.export_withdraw(&withdrawal, at(&day(14)))?;
    let target = Target { fact: FactName::Expenses, column: Some("amount".to_owned()), row: Some("ligne".to_owned()) };
    let decide = Act::Decide {
        rule: "ADS-02".to_owned(),
        verdict: VerdictValue::NotMet,
        computed: VerdictValue::Met,
        facts: std::collections::BTreeMap::new(),
    };
    writer.journal_add(7, &decide, "Dominique", "vu", at(&day(15)))?;
    let correct = Act::Correct {
        target,
        value: "12,50".to_owned(),
        patch: Patch::Amount(Cents(1_250)),
        champ: "condensé".to_owned(),
    };
    writer.journal_add(7, &correct, "Alix", "revu", at(&day(16)))?;
    writer.journal_add(7, &Act::Exclude, "Sacha", "essai", at(&day(17)))?;
    let alert = alert("evaluation:grant:7", "dossier 7 : sans montant");
    writer.alerts_about(7, &["evaluation:grant:"], &[alert], at(&day(20)))?;
    writer.rights_put(&[Right {
        programme: Programme::Axe3V1Ads,
        departement: None,
        within: Some(vec!["77".to_owned()]),
        amount: Cents(2_000),
        valid_from: None,
        valid_to: None,
    }])?;
    grant(writer, 7, r#"{"departement":"77","touches":["77"]}"#, Some(1_003));
    Ok(())
}

/// Puts a grant of Démat.ADS that counts.
fn grant(writer: &Writer<'_>, number: i64, place: &str, cents: Option<i64>) {
    let connection = &writer.transaction;
    let neighbour = "INSERT INTO neighbours (dossier, programme, counts) VALUES (?1, 'axe3-v1-ads', 1)";
    connection.execute(neighbour, [number]).unwrap();
    let grant = "INSERT INTO grants (programme, decided_on, dossier, counts, cents, place)
                 VALUES ('axe3-v1-ads', '2021-01-01', ?1, 1, ?2, ?3)";
    connection.execute(grant, rusqlite::params![number, cents, place]).unwrap();
}

/// `column = value`, a line each; rows apart by an empty line.
fn told(store: &Store, view: &str) -> String {
    read(store, |reader| {
        let mut statement = reader.connection.0.prepare(&format!("SELECT * FROM {view}"))?;
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = statement.query([])?;
        let mut told = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = names.iter().enumerate().map(|(at, name)| {
                let value = match row.get_unwrap::<_, Value>(at) {
                    Value::Null => "–".to_owned(),
                    Value::Integer(number) => number.to_string(),
                    Value::Text(text) => text,
                    other => panic!("{view}.{name} : {other:?}"),
                };
                format!("{name} = {value}\n")
            });
            told.push(cells.collect::<String>());
        }
        Ok(told.join("\n"))
    })
}

fn alert(key: &str, message: &str) -> NewAlert {
    NewAlert { key: key.to_owned(), message: message.to_owned(), hint: "conseil".to_owned() }
}

#[test]
fn alerts_of_one_cause_are_one_row() {
    let (_directory, store) = store();
    let raise = |key: &str, day_of: u8, message: &str| {
        write(&store, |writer| writer.alert_raise(key, message, "conseil", at(&day(day_of))));
    };
    let about = |dossier: i64, key: &str, day_of: u8, message: &str| {
        write(&store, |writer| writer.alerts_about(dossier, &[key], &[alert(key, message)], at(&day(day_of))));
    };
    about(12, "evaluation:control:12:ADS-11", 3, "dossier 12, règle ADS-11 : 5 de trop.");
    about(13, "evaluation:control:13:ADS-11", 2, "dossier 13, règle ADS-11 : 9 de trop.");
    about(12, "evaluation:grant:12", 4, "dossier 12 : sans montant");
    about(130, "evaluation:grant:130", 5, "dossier 130 : sans montant");
    about(14, "evaluation:decision:14:14", 6, "dossier 14, règle 14 : ne compte plus");
    about(140, "evaluation:decision:140:14", 7, "dit autrement");
    about(1, "evaluation:content:1", 8, "dossier 12 : d’un autre");
    about(12, "evaluation:content:12", 8, "dossier 12 : illisible");
    raise("sync:61234", 1, "lecture interrompue : dossier 7 : en maintenance");
    raise("evaluation:state:9:x", 1, "dossier 9 : une démarche");
    let rows = read(&store, |reader| {
        let mut statement = reader.connection.prepare_cached(
            "SELECT cause || ' ' || dossiers || ' ' || since || ' ' || message FROM view_alerts ORDER BY cause",
        )?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
    });
    assert_eq!(
        rows,
        [
            "evaluation:content [1,12] 2021-01-08T00:00:00Z 2 dossiers ; le premier : dossier 12 : d’un autre",
            "evaluation:control:ADS-11 [12,13] 2021-01-02T00:00:00Z règle ADS-11 : 2 dossiers ; le premier : 5 de trop.",
            "evaluation:decision:14 [14,140] 2021-01-06T00:00:00Z 2 dossiers ; le premier : ne compte plus",
            "evaluation:grant [12,130] 2021-01-04T00:00:00Z sans montant (2 dossiers)",
            "evaluation:state:9:x [] 2021-01-01T00:00:00Z dossier 9 : une démarche",
            "sync:61234 [] 2021-01-01T00:00:00Z lecture interrompue : dossier 7 : en maintenance",
        ]
    );
}

#[test]
fn credits_are_those_of_the_day_of_the_last_sync_and_only_what_surely_takes_from_them_does() {
    let (_directory, store) = store();
    let right = |departement: Option<&str>, within: Option<&[&str]>, from: Option<i8>, to: Option<i8>, cents| Right {
        programme: Programme::Axe3V1Ads,
        departement: departement.map(str::to_owned),
        within: within.map(|codes| codes.iter().map(|code| (*code).to_owned()).collect()),
        amount: Cents(cents),
        valid_from: from.map(|month| jiff::civil::date(2021, month, 1)),
        valid_to: to.map(|month| jiff::civil::date(2021, month, 30)),
    };
    write(&store, |writer| {
        writer.rights_put(&[
            right(Some("77"), Some(&["77"]), None, Some(9), 1_000),
            right(Some("77"), Some(&["77"]), Some(10), None, 2_000),
            right(None, Some(&["77", "78"]), None, None, 5_000),
            right(None, None, None, None, 9_000),
        ])
    });
    for (number, place, cents) in [
        (1, r#"{"departement":"77","touches":["77"]}"#, Some(100)),
        // A syndicat of which only the address is known.
        (2, r#"{"departement":null,"touches":["77"]}"#, Some(20)),
        (3, r#"{"departement":null,"touches":["60","77"]}"#, Some(3)),
        (4, r#"{"departement":null,"touches":[]}"#, Some(4_000)),
        (5, r#"{"departement":"78","touches":["78"]}"#, None),
    ] {
        upsert(&store, &super::dossier(number, DossierState::Accepte), 1, "2021-09-03T10:00:00Z");
        write(&store, |writer| {
            grant(writer, number, place, cents);
            Ok(())
        });
    }
    let credits = || {
        read(&store, |reader| {
            let mut statement = reader.connection.prepare_cached(
                "SELECT coalesce(departement, '–') || ' ' || right_cents || ' ' || granted_cents || ' ' || left_cents
                 FROM view_credits ORDER BY right_cents",
            )?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
        })
    };
    // The day changes in Paris.
    for (synced, own) in [("2021-09-30T21:59:59Z", "77 1000 100 900"), ("2021-09-30T22:00:00Z", "77 2000 100 1900")] {
        write(&store, |writer| writer.procedure_synced(PROCEDURE, at(synced), false));
        assert_eq!(credits(), [own, "– 5000 120 4880", "– 9000 4123 4877"], "{synced}");
    }
}

#[test]
fn each_column_of_each_view_says_its_own() {
    let (_directory, store) = store();
    write(&store, fill);
    let expected = [
        (
            "view_dossiers",
            "number = 7\nprocedure = 12\nprogramme = axe3-v1-ads\nstate = accepte\ndeposited_at = 2021-01-01T00:00:00Z\n\
             updated_at = 2021-01-02T00:00:00Z\nsiret = 20005787500011\napplicant = Melun\ncode_insee = 77288\n\
             departement = 77\npopulation = 40844\nstatus = a_verifier\neligible_expenses_cents = 1001\n\
             computed_cents = 1002\ngranted_cents = 1003\nengaged_cents = 1004\npaid_cents = 1005\n\
             removed_at = 2021-01-07T00:00:00Z\nremoved_reason = pending\nexcluded_at = 2021-01-17T00:00:00Z\n\
             counted_cents = –\n",
        ),
        (
            "view_champs",
            "dossier = 7\nkind = annotation\nchamp_id = champ\ndescriptor_id = descripteur\nlabel = libellé\n\
             type = TextChamp\nrow_id = ligne\nvalue = valeur\n",
        ),
        (
            "view_verdicts",
            "dossier = 7\nrule = ADS-01\nkind = B\nverdict = to_review\nexplanation = explication\ncitation = passage\n\
             decided_by = signature\n",
        ),
        (
            "view_sync_runs",
            "id = 1\nstarted_at = 2021-01-11T00:00:00Z\nfinished_at = 2021-01-12T00:00:00Z\ntrigger = manual\n\
             outcome = failed\npages = 21\ndossiers_seen = 22\ndossiers_changed = 23\nquarantined = 24\n\
             error = en maintenance\n",
        ),
        ("view_quarantine", "dossier = 8\nprocedure = 12\nsince = 2021-01-09T00:00:00Z\nreason = illisible\n"),
        (
            "view_exports",
            "id = 1\nkind = monthly-list\nperiod = 2021-08\ncreated_at = 2021-01-13T00:00:00Z\nsha256 = eca54ebd28da6204c42104bd66e65d8a33a34af4295a473ef5b2583679a5e2e1\n\
             path = exports/liste.csv\nformat = csv\nrevision = 3\nwithdrawn_at = 2021-01-14T00:00:00Z\n",
        ),
        (
            "view_withdrawals",
            "id = 1\nkind = monthly-list\nperiod = 2021-08\nrevision = 3\nat = 2021-01-14T00:00:00Z\nperson = Camille\n\
             reason = erreur\nfiles = {\"csv\":\"eca54ebd28da6204c42104bd66e65d8a33a34af4295a473ef5b2583679a5e2e1\"}\n",
        ),
        (
            "view_attachments",
            "dossier = 7\nkind = champ\nchamp_id = pièce\nrow_id = ligne\nlabel = Factures\nfilename = facture.pdf\n\
             content_type = application/pdf\nbyte_size = 12\nchecksum = somme\ncreated_at = 2021-01-04T00:00:00Z\n\
             virus_scan = safe\nstate = unverified\nsha256 = empreinte\nreason = motif\n\
             settled_at = 2021-01-06T00:00:00Z\n",
        ),
        ("view_exclusions", "dossier = 7\nat = 2021-01-17T00:00:00Z\nperson = Sacha\nreason = essai\n"),
        (
            "view_journal",
            "id = 1\ndossier = 7\nat = 2021-01-15T00:00:00Z\nperson = Dominique\nreason = vu\nkind = decide\n\
             rule = ADS-02\nverdict = not_met\nfact = –\ncolumn = –\nrow_id = –\nvalue = –\n\n\
             id = 2\ndossier = 7\nat = 2021-01-16T00:00:00Z\nperson = Alix\nreason = revu\nkind = correct\n\
             rule = –\nverdict = –\nfact = expenses\ncolumn = amount\nrow_id = ligne\nvalue = 12,50\n\n\
             id = 3\ndossier = 7\nat = 2021-01-17T00:00:00Z\nperson = Sacha\nreason = essai\nkind = exclude\n\
             rule = –\nverdict = –\nfact = –\ncolumn = –\nrow_id = –\nvalue = –\n",
        ),
        ("view_erasures", ""),
        (
            "view_alerts",
            "key = evaluation:grant:7\nsince = 2021-01-20T00:00:00Z\ncause = evaluation:grant\ndossiers = [7]\n\
             message = dossier 7 : sans montant\nhint = conseil\n",
        ),
        (
            "view_credits",
            "purse = axe3-v1-ads\ndepartement = –\nright_cents = 2000\ngranted_cents = 1003\nengaged_cents = 1004\n\
             paid_cents = 1005\nleft_cents = 997\n",
        ),
        (
            "view_changes",
            "seq = 1\nat = 2021-01-03T00:00:00Z\ndossier = 7\nwhat = filed\nbefore = –\nafter = accepte\n\n\
             seq = 2\nat = 2021-01-08T00:00:00Z\ndossier = 7\nwhat = removed\nbefore = –\nafter = pending\n\n\
             seq = 3\nat = 2021-01-15T00:00:00Z\ndossier = 7\nwhat = act\nbefore = –\nafter = decide ADS-02\n\n\
             seq = 4\nat = 2021-01-16T00:00:00Z\ndossier = 7\nwhat = act\nbefore = –\nafter = correct expenses\n\n\
             seq = 5\nat = 2021-01-17T00:00:00Z\ndossier = 7\nwhat = act\nbefore = –\nafter = exclude\n",
        ),
    ];
    for (view, expected) in expected {
        assert_eq!(told(&store, view), expected, "{view}");
    }
    let views = read(&store, |reader| {
        let mut statement = reader.connection.0.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'")?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?;
        Ok(names.collect::<rusqlite::Result<Vec<_>>>()?)
    });
    let untold: Vec<&String> = views.iter().filter(|view| expected.iter().all(|(told, _)| told != view)).collect();
    assert_eq!(untold, Vec::<&String>::new(), "a view that no test queries");

    // The line that commands show.
    let line = read(&store, |reader| reader.dossier_line(7)).unwrap();
    let amounts = [line.eligible_expenses, line.computed, line.granted, line.engaged, line.paid, line.counted];
    assert_eq!(
        amounts,
        [Some(Cents(1_001)), Some(Cents(1_002)), Some(Cents(1_003)), Some(Cents(1_004)), Some(Cents(1_005)), None]
    );

    // Once a person took it back, it counts; once it is erased, that is told.
    write(&store, |writer| writer.journal_add(7, &Act::Include, "Sacha", "vrai", at(&day(18))));
    assert!(told(&store, "view_dossiers").ends_with("excluded_at = –\ncounted_cents = 1006\n"));
    write(&store, |writer| writer.dossier_erase(7, &[], at(&day(19))));
    assert_eq!(told(&store, "view_erasures"), "dossier = 7\nerased_at = 2021-01-19T00:00:00Z\n");
    assert_eq!(told(&store, "view_champs"), "");
}
