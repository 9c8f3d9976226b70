//! What is fed to each reader and writer. Sizes are such that what is done once for any input weighs little.

#![expect(clippy::needless_pass_by_value, reason = "each feed makes its input and gives it away")]

use std::path::Path;
use std::sync::LazyLock;

use fitn_connector::api::Probe;
use fitn_connector::cli::layout::{Column, fit, table, wrap};
use fitn_connector::cli::paper::Width;
use fitn_connector::config::{Config, Procedure, with_fields};
use fitn_connector::domain::champ::ChampKind;
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::fact::{CommuneRef, Fact, FactName, FactSource, FactValue};
use fitn_connector::domain::form::{Descriptor, Form};
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::neighbour::Neighbour;
use fitn_connector::domain::programme::Programme;
use fitn_connector::domain::siret::Siret;
use fitn_connector::domain::subject::{Judged, Subject};
use fitn_connector::domain::text;
use fitn_connector::mapping;
use fitn_connector::raw;
use fitn_connector::rules::{Peers, Rulebook, Surroundings, cases};
use fitn_connector::territory;
use serde_json::{Value, json};

use super::{Case, Work, mapped};

const fn feed(name: &'static str, small: usize, prepare: fn(usize) -> Work) -> Case {
    Case { name, small, prepare }
}

pub const CASES: &[Case] = &[
    feed("raw, long text", 2_000, |n| raw_of(mapped::dossier(1, &[mapped::text("a", &"é\"\n".repeat(n))], &[]))),
    feed("raw, champs", 12, |n| {
        raw_of(mapped::dossier(1, &many(n, |at| mapped::text(&format!("c{at}"), "texte")), &[]))
    }),
    feed("raw, rows", 12, |n| raw_of(mapped::dossier(1, &[mapped::expenses(n)], &[]))),
    feed("raw, rows within rows", 1, |n| raw_of(mapped::dossier(1, &[nested_rows(n)], &[]))),
    feed("raw, lists within lists", 7, |n| {
        raw_text(with_member("x", &format!("{}{}{}", "[".repeat(n), "1,".repeat(20 * n) + "1", "]".repeat(n))))
    }),
    feed("raw, objects within objects", 7, |n| {
        raw_text(with_member(
            "x",
            &format!("{}1{}", r#"{"k":"un texte d’une longueur certaine","a":"#.repeat(n), "}".repeat(n)),
        ))
    }),
    feed("raw, members", 40, |n| raw_text(with_member("x", &object((0..n).map(|at| (format!("k{at}"), json!(at))))))),
    feed("raw, the same member", 40, |n| raw_text(with_member("x", &format!("{{{}\"k\":1}}", "\"k\":1,".repeat(n))))),
    feed("raw, labels", 20, |n| {
        raw_text(with_member("labels", &array((0..n).map(|at| json!({"name": format!("é{}", n - at)})))))
    }),
    feed("raw, opinions", 20, |n| {
        raw_text(with_member(
            "avis",
            &array((0..n).map(|at| json!({"reponse": format!("{}", n - at), "dateQuestion": "2021-09-03T10:33:00Z"}))),
        ))
    }),
    feed("raw, opinions within opinions", 3, |n| {
        raw_text(with_member(
            "avis",
            &format!("{}1{}", r#"[{"b":1,"avis":"#.repeat(n), "},{\"b\":2,\"avis\":[]}]".repeat(n)),
        ))
    }),
    feed("raw, choices", 40, |n| raw_of(mapped::dossier(1, &[choices("theme", n)], &[]))),
    feed("raw, files", 12, |n| raw_of(mapped::dossier(1, &[files("invoices", n)], &[]))),
    feed("raw, assembled", 12, |n| {
        let parts = many(n, |at| json!({format!("part{at}"): "x".repeat(40)}).to_string());
        Box::new(move || drop(raw::assemble(parts.iter().map(String::as_str)).unwrap()))
    }),
    feed("cover, opinions", 12, |n| {
        cover_of(with_member("avis", &array((0..n).map(|at| json!({"reponse": format!("r{at}"), "x": {"y": at}})))))
    }),
    feed("cover, members of opinions", 12, |n| {
        cover_of(with_member(
            "avis",
            &array((0..4).map(|_| Value::Object((0..n).map(|at| (format!("k{at}"), json!([at]))).collect()))),
        ))
    }),
    feed("cover, other members in each opinion", 12, |n| {
        cover_of(with_member("avis", &array((0..n).map(|at| json!({format!("k{at}"): at})))))
    }),
    feed("cover, opinions within opinions", 3, |n| {
        cover_of(with_member("avis", &format!("{}1{}", r#"[{"b":1,"avis":"#.repeat(n), "}]".repeat(n))))
    }),
    feed("cover, objects within objects", 7, |n| {
        cover_of(with_member(
            "x",
            &format!("{}1{}", r#"{"k":"un texte d’une longueur certaine","a":"#.repeat(n), "}".repeat(n)),
        ))
    }),
    feed("cover, champs", 12, |n| {
        cover_of(mapped::dossier(1, &many(n, |at| mapped::text(&format!("c{at}"), "texte")), &[]).to_string())
    }),
    feed("text, words", 100, |n| text_of("Le Mée-sur-Seine « est » une œuvre. ".repeat(n))),
    feed("text, marks", 375, |n| text_of(format!("a{}", "\u{301}".repeat(n)))),
    feed("text, marks out of order", 375, |n| text_of(format!("a{}", "\u{301}\u{323}".repeat(n)))),
    feed("text, marks of many characters", 100, |n| {
        text_of("a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}".repeat(n))
    }),
    feed("text, vowels of Hangul", 375, |n| text_of(format!("\u{1100}{}", "\u{1161}".repeat(n)))),
    feed("text, joiners", 200, |n| text_of("👩\u{200d}".repeat(n))),
    feed("text, invisible", 375, |n| text_of("\u{202e}\u{2028}\u{feff}\u{7}".repeat(n))),
    feed("text, guillemets", 250, |n| text_of("» « ".repeat(n))),
    feed("text, spaces", 1_000, |n| text_of(format!("a{}b", " ".repeat(n)))),
    feed("text, line feeds", 250, |n| text_of("\n".repeat(n))),
    feed("text, one word", 1_000, |n| text_of("m".repeat(n))),
    feed("text, ligatures", 250, |n| text_of("ﷺ".repeat(n))),
    feed("terminal, rows of a table", 20, |n| {
        let rows = many(n, |at| [format!("{at}"), "Communauté d’agglomération du Pays de Meaux".to_owned()]);
        Box::new(move || drop(table([("n°", Column::Right), ("nom", Column::Flexible)], &rows, Width::of_terminal(80))))
    }),
    feed("terminal, a long cell", 1_000, |n| {
        let rows = many(1, |_| ["x\u{301}".repeat(n), "é ".repeat(n)]);
        Box::new(move || drop(table([("n°", Column::Left), ("nom", Column::Flexible)], &rows, Width::of_terminal(80))))
    }),
    feed("mapping, long texts", 300, |n| {
        mapping_of(Programme::Axe3V1, mapped::dossier(1, &every_fact(&"à voir, non ; 77288 Melun\n".repeat(n)), &[]))
    }),
    feed("mapping, champs", 20, |n| {
        mapping_of(Programme::Axe3V1, mapped::dossier(1, &many(n, |at| mapped::text(&format!("c{at}"), "texte")), &[]))
    }),
    feed("mapping, champs of one label", 20, |n| {
        mapping_of(Programme::Axe3V1, mapped::dossier(1, &many(n, |_| mapped::text("total_cost", "12")), &[]))
    }),
    feed("mapping, expenses", 12, |n| {
        mapping_of(Programme::Axe3V1Ads, mapped::dossier(1, &[mapped::expenses(n)], &[]))
    }),
    feed("mapping, champs of a row", 12, |n| {
        mapping_of(
            Programme::Axe3V1Ads,
            mapped::dossier(
                1,
                &[mapped::repetition("expenses", [many(n, |at| mapped::text(&format!("c{at}"), "1"))])],
                &[],
            ),
        )
    }),
    feed("mapping, illegible expenses", 12, |n| {
        mapping_of(
            Programme::Axe3V1Ads,
            mapped::dossier(
                1,
                &[mapped::repetition(
                    "expenses",
                    many(n, |_| vec![mapped::text("amount", "douze"), mapped::text("date", "hier")]),
                )],
                &[],
            ),
        )
    }),
    feed("mapping, communes of rows", 12, |n| {
        mapping_of(
            Programme::Axe3V1Ads,
            mapped::dossier(
                1,
                &[mapped::repetition("attached_communes", many(n, |at| vec![mapped::text("cell", &code(at))]))],
                &[],
            ),
        )
    }),
    feed("mapping, communes of a text", 40, |n| {
        mapping_of(
            Programme::Axe3V1Ads,
            mapped::dossier(1, &[mapped::text("attached_communes", &many(n, code).join(", "))], &[]),
        )
    }),
    feed("mapping, names of communes", 40, |n| {
        mapping_of(
            Programme::Axe3V1Ads,
            mapped::dossier(
                1,
                &[mapped::text("attached_communes", &many(n, |at| name(at).replace('/', " ")).join("; "))],
                &[],
            ),
        )
    }),
    feed("mapping, a commune of many words", 200, |n| {
        mapping_of(
            Programme::Axe3V1Ads,
            mapped::dossier(1, &[mapped::text("attached_communes", &"77288 le mée et sur ".repeat(n))], &[]),
        )
    }),
    feed("mapping, départements of a text", 20, |n| {
        mapping_of(
            Programme::Axe3V1,
            mapped::dossier(1, &[mapped::text("project_departement", &"77 ; Seine-et-Marne ; ".repeat(n))], &[]),
        )
    }),
    feed("mapping, choices", 20, |n| {
        mapping_of(
            Programme::Axe3V1,
            mapped::dossier(
                1,
                &[choices("theme", n), choices("project_departement", n), choices("attached_communes", n)],
                &[],
            ),
        )
    }),
    feed("mapping, files", 20, |n| mapping_of(Programme::Axe3V1Ads, mapped::dossier(1, &[files("invoices", n)], &[]))),
    feed("form, proposal from champs", 12, |n| {
        proposal_of(form(many(n, |at| descriptor(at, "DecimalNumber", &format!("Montant demandé {at}"), &[]))))
    }),
    feed("form, proposal from champs that suit alike", 12, |n| {
        proposal_of(form(many(n, |at| descriptor(at, "DecimalNumber", "Montant de la subvention demandée", &[]))))
    }),
    feed("form, proposal from options", 20, |n| {
        proposal_of(form(many(1, |at| {
            descriptor(at, "MultipleDropDownList", "Thème du projet", &many(n, |at| format!("thème {at}")))
        })))
    }),
    feed("form, proposal from options that are communes", 20, |n| {
        proposal_of(form(many(1, |at| descriptor(at, "MultipleDropDownList", "Communes rattachées", &many(n, code)))))
    }),
    feed("form, proposal from a long label", 100, |n| {
        proposal_of(form(many(3, |at| {
            descriptor(at, "DecimalNumber", &"oui ou non au montant demandé ".repeat(n), &[])
        })))
    }),
    feed("form, proposal from columns", 12, |n| {
        proposal_of(form(vec![block(many(n, |at| descriptor(at, "DecimalNumber", &format!("Montant {at}"), &[])))]))
    }),
    feed("form, check against champs", 20, |n| {
        check_of(EXACT, form(many(n, |at| descriptor(at, "Text", &format!("Libellé {at}"), &[]))))
    }),
    feed("form, check against champs of one label", 20, |n| {
        check_of(EXACT, form(many(n, |at| descriptor(at, "Text", "Thème", &[]))))
    }),
    feed("form, check against a long label", 150, |n| {
        check_of(EXACT, form(vec![descriptor(1, "Text", &"Thèmes et ".repeat(n), &[])]))
    }),
    feed("form, check of a long label", 60, |n| {
        let label = "Thèmes et ".repeat(n);
        check_with(
            format!("theme = {{ champ = \"{label}\" }}"),
            form(vec![descriptor(1, "Text", &format!("{label}x"), &[])]),
        )
    }),
    feed("form, check against options", 20, |n| {
        check_of(
            EXACT,
            form(vec![descriptor(1, "MultipleDropDownList", "Thème", &many(n, |at| format!("option {at}")))]),
        )
    }),
    feed("form, check of answers against options", 30, |n| {
        let values = many(n, |at| format!("\"réponse {at}\" = \"{}\"", at % 4 + 1)).join(", ");
        check_with(
            format!("theme = {{ champ = \"Thème\", values = {{ {values} }} }}"),
            form(vec![descriptor(1, "MultipleDropDownList", "Thème", &many(n, |at| format!("autre option {at}")))]),
        )
    }),
    feed("form, check against blocks", 12, |n| {
        check_of(EXACT, form(many(n, |at| block(vec![descriptor(at, "Text", "x", &[])]))))
    }),
    feed("form, check against columns", 12, |n| {
        check_with(
            "expenses = { champ = \"Dépenses\", columns = { nature = \"n\", amount = \"m\" } }".to_owned(),
            form(vec![block(many(n, |at| descriptor(at, "Text", &format!("colonne {at}"), &[])))]),
        )
    }),
    feed("rules, communes", 25, |n| rules_of(centre(1, n))),
    feed("rules, communes listed again", 25, |n| {
        rules_of({
            let mut dossier = centre(1, 1);
            attach(&mut dossier, &many(n, |_| code(0)));
            dossier
        })
    }),
    feed("rules, communes without code", 25, |n| {
        rules_of({
            let mut dossier = centre(1, 1);
            put(
                &mut dossier,
                FactName::AttachedCommunes,
                FactValue::Communes(many(n, |at| CommuneRef { code: None, text: format!("Lieu-dit {at}") })),
            );
            dossier
        })
    }),
    feed("rules, expenses", 25, |n| {
        rules_of(read(Programme::Axe3V1Ads, mapped::dossier(1, &[mapped::expenses(n)], &[])))
    }),
    feed("rules, expenses of a project", 25, |n| {
        rules_of(read(Programme::Axe3V1, mapped::dossier(1, &[mapped::expenses(n)], &[])))
    }),
    feed("rules, free answers", 200, |n| {
        rules_of(read(
            Programme::Axe3V2,
            mapped::dossier(1, &every_fact(&"aucun laboratoire, à définir avec le contrat de relance ".repeat(n)), &[]),
        ))
    }),
    feed("rules, dossiers of one SIREN", 12, |n| neighbours(many(n, |at| centre(number(at), 2)))),
    feed("rules, dossiers of one commune", 12, |n| neighbours(many(n, |at| with_siret(centre(number(at), 2), at)))),
    feed("rules, dossiers of one autonomous commune", 12, |n| {
        neighbours(many(n, |at| autonomous(with_siret(centre(number(at), 2), at))))
    }),
    feed("rules, grants of one purse", 12, |n| {
        neighbours(many(n, |at| granted(with_siret(centre(number(at), 1), at))))
    }),
    feed("rules, projects and requests of one SIREN", 110, |n| {
        neighbours(many(n, |at| if at % 2 == 0 { centre(number(at), 1) } else { project(number(at)) }))
    }),
    feed("rules, granted projects", 12, |n| neighbours(many(n, |at| granted(with_siret(project(number(at)), at))))),
    feed("list, dossiers", 6, |n| list_of(judged(n))),
    feed("list, csv and json of dossiers", 6, |n| {
        let list = mapped::list(&judged(n), None);
        Box::new(move || {
            list.csv();
            list.json();
        })
    }),
    feed("list, xlsx of dossiers", 6, |n| xlsx_of(mapped::list(&judged(n), None))),
    feed("list, ods of dossiers", 6, |n| {
        let list = mapped::list(&judged(n), None);
        Box::new(move || drop(list.ods()))
    }),
    feed("list, verified against itself", 6, |n| {
        let list = mapped::list(&judged(n), None);
        let (csv, ods, json) = (list.csv(), list.ods(), list.json());
        Box::new(move || {
            assert!(mapped::is_unaltered(&csv, &json, None));
            assert!(mapped::is_unaltered(&ods, &json, Some(&ods)));
        })
    }),
    feed("list, dossiers with much to ask", 2, |n| {
        list_of(mapped::judged(&mapped::rulebook(), vec![centre(1, n * 30)]))
    }),
    feed("list, things to ask", 30, |n| {
        list_of({
            let mut judged = judged(1);
            let one = judged[0].evaluation.missing[0].clone();
            judged[0].evaluation.missing = many(n, |at| fitn_connector::domain::verdict::Missing {
                what: format!("À compléter : {at}."),
                ..one.clone()
            });
            judged
        })
    }),
    feed("list, reasons", 30, |n| {
        list_of({
            let mut judged = judged(1);
            let verdicts = judged[0].evaluation.verdicts.clone();
            judged[0].evaluation.verdicts = verdicts.into_iter().cycle().take(n * 20).collect();
            judged
        })
    }),
    feed("list, a long reason", 500, |n| {
        list_of({
            let mut judged = judged(1);
            for verdict in &mut judged[0].evaluation.verdicts {
                verdict.explanation = "é😀 ".repeat(n);
            }
            judged
        })
    }),
    feed("list, a long name", 1_000, |n| {
        let mut judged = judged(2);
        judged[0].subject.applicant.name = Some("=é\u{301}😀".repeat(n));
        let list = mapped::list(&judged, None);
        Box::new(move || {
            list.csv();
            list.json();
            list.xlsx();
        })
    }),
    feed("list, compared with the one before", 6, |n| {
        let before = mapped::list(&judged(n), None).json();
        let now: Vec<Judged> = judged(n)
            .into_iter()
            .map(|mut judged| {
                judged.subject.applicant.name = Some("Autre nom".to_owned());
                judged
            })
            .collect();
        Box::new(move || {
            let kept = mapped::Kept::read(&before).unwrap();
            mapped::list(&now, Some(&kept));
        })
    }),
    feed("list, withdrawn since the one before", 6, |n| {
        let before = mapped::list(&judged(n), None).json();
        Box::new(move || {
            let kept = mapped::Kept::read(&before).unwrap();
            mapped::list(&[], Some(&kept));
        })
    }),
    feed("report, dossiers", 6, |n| report_of(projects(n))),
    feed("report, html of dossiers", 6, |n| {
        let report = mapped::report(&projects(n));
        Box::new(move || drop(report.html()))
    }),
    feed("report, xlsx of dossiers", 6, |n| {
        let report = mapped::report(&projects(n));
        Box::new(move || drop(report.xlsx()))
    }),
    feed("report, long texts", 500, |n| {
        let report = mapped::report(&mapped::judged(
            &mapped::rulebook(),
            vec![granted(read(Programme::Axe3V1, mapped::dossier(1, &every_fact(&"<b>é\u{301}&".repeat(n)), &[])))],
        ));
        Box::new(move || {
            report.html();
            report.xlsx();
        })
    }),
    feed("answer, records", 12, |n| {
        answer_of(page(
            &array((0..n).map(|at| json!({"number": at, "dateDerniereModification": "2021-09-03T10:33:00Z"}))),
            "[]",
        ))
    }),
    feed("answer, errors of one record", 12, |n| {
        answer_of(page(
            "[null]",
            &array((0..n).map(|at| json!({"message": "x", "path": ["demarche", "dossiers", "nodes", at % 9]}))),
        ))
    }),
    feed("answer, errors", 12, |n| {
        answer_of(page(
            "[]",
            &array((0..n).map(|at| json!({"message": "x", "path": ["demarche", "dossiers", "nodes", at]}))),
        ))
    }),
    feed("answer, records and their errors", 12, |n| {
        answer_of(page(
            &array((0..n).map(|_| Value::Null)),
            &array((0..n).map(|at| json!({"message": "x", "path": ["demarche", "dossiers", "nodes", at]}))),
        ))
    }),
    feed("answer, a long error", 4_000, |n| {
        answer_of(page(
            "null",
            &array([
                json!({"message": "Field 'x'\u{7}".repeat(n), "path": ["x\n".repeat(n)], "extensions": {"code": "é\u{1b}".repeat(n)}}),
            ]),
        ))
    }),
    feed("answer, a long path", 200, |n| answer_of(page("null", &array([json!({"path": many(n, |at| at)})])))),
    feed("answer, lists within lists", 15, |n| answer_of(page(&format!("[{}{}]", "[".repeat(n), "]".repeat(n)), "[]"))),
    feed("answer, not JSON", 4_000, |n| answer_of("<p>\n".repeat(n))),
    feed("answer, descriptors", 12, |n| {
        answer_of(demarche(&array((0..n).map(
            |at| json!({"__typename": "TextChampDescriptor", "id": at.to_string(), "label": "é", "required": true}),
        ))))
    }),
    feed("answer, options", 40, |n| {
        answer_of(demarche(&array([
            json!({"__typename": "DropDownListChampDescriptor", "id": "a", "label": "é", "required": true, "options": many(n, |at| at.to_string())}),
        ])))
    }),
    feed("answer, descriptors within descriptors", 4, |n| {
        let open =
            r#"[{"__typename":"RepetitionChampDescriptor","id":"a","label":"b","required":true,"champDescriptors":"#;
        answer_of(demarche(&format!("{}[]{}", open.repeat(n), "}]".repeat(n))))
    }),
    feed("answer, links", 12, |n| {
        answer_of(json!({"data": {"dossier": {"champs": [{"id": "c", "label": "l", "files": many(n, |_| json!({"filename": "f", "byteSizeBigInt": "1", "checksum": "x", "createdAt": "2021-09-03T10:33:00Z", "url": "https://example.fr/f"}))}]}}}).to_string())
    }),
    // What is done for any schema weighs much: its types, the objects of an interface and the references of a field at once.
    feed("answer, schema", 60, |n| {
        let reference = (0..n / 10).fold(json!({"name": "B"}), |within, _| json!({"ofType": within}));
        let field = json!({"name": "f", "args": [], "isDeprecated": false, "type": reference});
        let objects = many(n, |at| json!({"name": format!("T{at}")}));
        let types =
            (0..n).map(|at| json!({"kind": "OBJECT", "name": format!("T{at}"), "fields": [], "possibleTypes": null}));
        let types = types.chain([
            json!({"kind": "INTERFACE", "name": "Champ", "fields": [], "possibleTypes": objects}),
            json!({"kind": "OBJECT", "name": "A", "fields": [field]}),
        ]);
        answer_of(schema(&array(types)))
    }),
    feed("configuration, démarches", 12, |n| {
        config_of(many(n, |at| format!("[[procedures]]\nnumber = {}\nprogramme = \"axe3-v1\"\n[procedures.fields]\ntheme = {{ champ = \"Thème\" }}\n", at + 1)).concat())
    }),
    feed("configuration, comments", 200, |n| {
        config_of(format!("{}[[procedures]]\nnumber = 1\nprogramme = \"axe3-v1\"\n", "# é\n".repeat(n)))
    }),
    feed("configuration, answers", 20, |n| {
        config_of(format!(
            "[[procedures]]\nnumber = 1\nprogramme = \"axe3-v1\"\n[procedures.fields]\ntheme = {{ champ = \"Thème\", values = {{ {} }} }}\n",
            many(n, |at| format!("\"r{at}\" = \"1\"")).join(", ")
        ))
    }),
    feed("configuration, unknown keys", 20, |n| {
        config_refused(format!(
            "[[procedures]]\nnumber = 1\nprogramme = \"axe3-v1\"\n[autre]\n{}",
            many(n, |at| format!("k{at} = 1\n")).concat()
        ))
    }),
    feed("configuration, a long unknown key", 400, |n| {
        config_refused(format!(
            "[[procedures]]\nnumber = 1\nprogramme = \"axe3-v1\"\n[procedures.fields]\n{} = 1\n",
            "k".repeat(n)
        ))
    }),
    feed("configuration, tables within tables", 8, |n| {
        config_refused(format!("{} = 1\n", many(n, |_| "a".to_owned()).join(".")))
    }),
    feed("configuration, lists within lists", 8, |n| {
        config_refused(format!("a = {}{}\n", "[".repeat(n), "]".repeat(n)))
    }),
    feed("configuration, départements", 20, |n| {
        config_refused(format!(
            "[territory]\ndepartements = [{}]\n[[procedures]]\nnumber = 1\nprogramme = \"axe3-v1\"\n",
            "\"77\", ".repeat(n)
        ))
    }),
    feed("configuration, a mistake at the end", 200, |n| config_refused(format!("{}a =\n", "# é\n".repeat(n)))),
    feed("configuration, a mapping put in", 12, |n| {
        let text = many(n, |at| format!("[[procedures]]\nnumber = {}\nprogramme = \"axe3-v1\"\n", at + 1)).concat();
        Box::new(move || drop(with_fields(&text, 1, "# x\n[procedures.fields]\ntheme = { champ = \"Thème\" }\n")))
    }),
    feed("parameters, values", 12, |n| {
        parameters_of(many(n, |at| format!("[[v2_envelope]]\nvalue = {}\nunit = \"EUR\"\nvalid_from = {}-01-01\nvalid_to = {}-12-31\ncitation = \"essai\"\n", at + 1, 3000 + at, 3000 + at)).concat())
    }),
    feed("parameters, départements", 12, |n| {
        parameters_refused(format!(
            "[[drawing_right]]\nvalue = 1\nunit = \"EUR\"\ndepartements = [{}]\ncitation = \"essai\"\n",
            "\"77\", ".repeat(n)
        ))
    }),
    feed("parameters, unknown names", 20, |n| {
        parameters_refused(many(n, |at| format!("[[k{at}]]\nvalue = 1\n")).concat())
    }),
    feed("parameters, comments", 200, |n| parameters_of("# é\n".repeat(n))),
    feed("cases, cases", 6, |n| cases_of(many(n, |at| case(at, "")).concat())),
    feed("cases, each like the one before", 6, |n| {
        cases_of(
            many(n, |at| {
                if at == 0 {
                    case(0, "")
                } else {
                    format!(
                        "[[case]]\nname = \"cas {at}\"\nlike = \"cas {}\"\nexpected.status = \"eligible\"\n",
                        at - 1
                    )
                }
            })
            .concat(),
        )
    }),
    feed("cases, others", 6, |n| cases_of(case(0, &"[[case.others]]\nnumber = 12\n".repeat(n)))),
    feed("cases, parameters", 6, |n| {
        cases_of(case(0, &many(n, |at| format!("[[case.parameters.v2_envelope]]\nvalue = 1\nunit = \"EUR\"\nvalid_from = {}-01-01\nvalid_to = {}-12-31\ncitation = \"x\"\n", 3000 + at, 3000 + at)).concat()))
    }),
    feed("cases, names that are missing", 20, |n| {
        cases_of(format!(
            "{}[[case]]\nname = \"deux\"\nlike = \"cas 0\"\ndossier.blank = [{}]\nexpected.status = \"eligible\"\n",
            case(0, ""),
            "\"theme\", ".repeat(n)
        ))
    }),
    feed("cases, facts and names that are missing", 20, |n| {
        cases_refused(format!(
            "[[case]]\nname = \"un\"\nexpected.status = \"eligible\"\n[case.dossier.facts]\n{}[[case]]\nname = \"deux\"\nlike = \"un\"\ndossier.blank = [{}]\nexpected.status = \"eligible\"\n",
            many(n, |at| format!("k{at} = 1\n")).concat(),
            many(n, |at| format!("\"b{at}\"")).join(", ")
        ))
    }),
    feed("cases, comments", 200, |n| cases_of(format!("{}{}", "# é\n".repeat(n), case(0, "")))),
    feed("cases, communes", 25, |n| {
        cases_of(format!(
            "[[case]]\nname = \"un\"\nexpected.status = \"eligible\"\n[case.dossier]\nprogramme = \"axe3-v1-ads\"\nstate = \"en_instruction\"\ndeposited_at = \"2021-09-01T10:00:00Z\"\napplicant = {{ kind = \"commune\" }}\nfacts.attached_communes = [{}]\n",
            many(n, |at| format!("\"{}\"", code(at))).join(", ")
        ))
    }),
];

fn many<T>(n: usize, make: impl FnMut(usize) -> T) -> Vec<T> {
    (0..n).map(make).collect()
}

fn object(members: impl Iterator<Item = (String, Value)>) -> String {
    Value::Object(members.collect()).to_string()
}

fn array(elements: impl IntoIterator<Item = Value>) -> String {
    Value::Array(elements.into_iter().collect()).to_string()
}

fn number(at: usize) -> i64 {
    i64::try_from(at).unwrap() + 1
}

static CODES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let departements = territory::departements();
    let communes = departements.flat_map(|departement| territory::communes_of(departement.code));
    communes.take(4_000).map(|commune| (commune.code.to_owned(), commune.name.to_owned())).collect()
});

/// The code of the n-th commune, always another one.
fn code(at: usize) -> String {
    CODES[at].0.clone()
}

fn name(at: usize) -> String {
    CODES[at].1.clone()
}

// Raw.

fn with_member(name: &str, json: &str) -> String {
    let mut dossier = mapped::dossier(1, &[], &[]);
    dossier.as_object_mut().unwrap().remove(name);
    format!("{{\"{name}\":{json},{}", &dossier.to_string()[1..])
}

fn nested_rows(depth: usize) -> Value {
    let within = if depth > 1 { vec![nested_rows(depth - 1)] } else { Vec::new() };
    let more = many(3, |at| mapped::text(&format!("c{at}"), "un texte d’une longueur certaine"));
    mapped::repetition("block", [within.into_iter().chain(more).collect()])
}

fn raw_of(dossier: Value) -> Work {
    raw_text(dossier.to_string())
}

fn raw_text(json: String) -> Work {
    Box::new(move || {
        let dossier = raw::decode(&json).unwrap();
        let _ = (raw::content_hash(&json).unwrap(), raw::champ_rows(&dossier), raw::number(&json).unwrap());
        let _ = (raw::member(&json, "champs"), text::escaped_json(&json));
    })
}

fn cover_of(json: String) -> Work {
    Box::new(move || assert!(raw::covers(&json, &json)))
}

fn choices(label: &str, n: usize) -> Value {
    let values = many(n, |at| format!("réponse {at}"));
    mapped::champ("MultipleDropDownListChamp", label, "x", &json!({"values": values}))
}

fn files(label: &str, n: usize) -> Value {
    let file = json!({"filename": "f.pdf", "contentType": "application/pdf", "byteSizeBigInt": "12", "checksum": "x",
        "createdAt": "2021-09-01T10:00:00+02:00", "virusScanResult": "safe"});
    mapped::champ("PieceJustificativeChamp", label, "", &json!({"files": vec![file; n]}))
}

// Text.

fn text_of(subject: String) -> Work {
    Box::new(move || {
        let _ = (text::fold(&subject), text::printable_line(&subject), text::shortened(&subject, text::QUOTED));
        let _ = (text::quoted(&subject), text::token(&subject), fit(&subject, 40), wrap(&subject, 40));
        let _ = Cents::parse_french(&subject);
    })
}

// From champs to facts.

static PROCEDURES: LazyLock<Vec<Procedure>> = LazyLock::new(mapped::procedures);

fn of(programme: Programme) -> &'static Procedure {
    PROCEDURES.iter().find(|procedure| procedure.programme == programme).unwrap()
}

fn read(programme: Programme, dossier: Value) -> Subject {
    mapped::subject(of(programme), &dossier.to_string()).unwrap()
}

fn mapping_of(programme: Programme, dossier: Value) -> Work {
    let procedure = of(programme);
    let json = dossier.to_string();
    Box::new(move || drop(mapped::subject(procedure, &json).unwrap()))
}

fn every_fact(answer: &str) -> Vec<Value> {
    FactName::ALL.iter().map(|fact| mapped::text(fact.code(), answer)).collect()
}

// Forms.

fn descriptor(at: usize, kind: &str, label: &str, options: &[String]) -> Descriptor {
    Descriptor {
        id: format!("id-{at}"),
        label: label.to_owned(),
        type_name: format!("{kind}ChampDescriptor"),
        required: false,
        options: options.to_vec(),
        columns: Vec::new(),
    }
}

fn block(columns: Vec<Descriptor>) -> Descriptor {
    Descriptor { columns, ..descriptor(9_999, "Repetition", "Dépenses", &[]) }
}

fn form(champs: Vec<Descriptor>) -> Form {
    Form { champs, annotations: Vec::new() }
}

fn proposal_of(form: Form) -> Work {
    Box::new(move || Programme::ALL.iter().for_each(|programme| drop(mapping::propose(&form, *programme))))
}

/// A mapping that finds one champ, misses one, and looks for a column of a block.
const EXACT: &str = "theme = { champ = \"Thème\" }\nproject_title = { champ = \"Titre du projet\" }\ntotal_cost = { champ = \"Colonne\" }";

fn check_of(fields: &str, form: Form) -> Work {
    check_with(fields.to_owned(), form)
}

fn check_with(fields: String, form: Form) -> Work {
    let text = format!("[[procedures]]\nnumber = 1\nprogramme = \"axe3-v1\"\n[procedures.fields]\n{fields}\n");
    let config = Config::parse(&text, Path::new("config.toml")).unwrap();
    Box::new(move || drop(mapping::check(&config.procedures[0].fields, &form, Programme::Axe3V1)))
}

// Rules.

static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(mapped::rulebook);

fn rules_of(subject: Subject) -> Work {
    neighbours(vec![subject])
}

/// All of them added, each judged, and what it can learn of the others written down.
fn neighbours(subjects: Vec<Subject>) -> Work {
    Box::new(move || {
        let mut peers = Peers::default();
        for subject in &subjects {
            peers.add(&Neighbour::of(subject, true));
        }
        let surroundings = Surroundings::new(&peers, &RULEBOOK);
        for subject in &subjects {
            let _ = (RULEBOOK.evaluate(subject, &peers), surroundings.of(subject));
            let _ = RULEBOOK.credits(subject, &peers, jiff::civil::date(2021, 12, 31));
        }
    })
}

fn put(subject: &mut Subject, name: FactName, value: FactValue) {
    let source =
        FactSource { kind: ChampKind::Champ, descriptor_id: name.code().to_owned(), label: name.label().to_owned() };
    subject.facts.set(name, Ok(Fact { value, source }));
}

fn attach(subject: &mut Subject, codes: &[String]) {
    let communes = codes.iter().map(|code| CommuneRef { code: Some(code.clone()), text: code.clone() });
    put(subject, FactName::AttachedCommunes, FactValue::Communes(communes.collect()));
}

fn centre(number: i64, communes: usize) -> Subject {
    let mut subject = read(Programme::Axe3V1Ads, mapped::dossier(number, &[mapped::expenses(1)], &[]));
    put(&mut subject, FactName::ApplicantType, FactValue::Choice("centre_instructeur".to_owned()));
    attach(&mut subject, &many(communes, code));
    subject
}

fn project(number: i64) -> Subject {
    let mut subject = read(Programme::Axe3V1, mapped::dossier(number, &[mapped::expenses(1)], &[]));
    put(&mut subject, FactName::Theme, FactValue::Choices(["1".to_owned()].into()));
    put(&mut subject, FactName::ProjectTitle, FactValue::Text("Un projet".to_owned()));
    subject
}

fn with_siret(mut subject: Subject, at: usize) -> Subject {
    subject.applicant.siret = Siret::parse(&format!("3{at:08}00011")).ok();
    subject
}

fn autonomous(mut subject: Subject) -> Subject {
    put(&mut subject, FactName::ApplicantType, FactValue::Choice("commune_autonome".to_owned()));
    subject.applicant.code_insee = Some(code(0));
    subject.applicant.legal_kind = fitn_connector::domain::subject::LegalKind::Commune;
    subject
}

fn granted(mut subject: Subject) -> Subject {
    subject.state = DossierState::Accepte;
    subject.treated_at = Some("2021-11-02T10:00:00Z".parse().unwrap());
    put(&mut subject, FactName::GrantedAmount, FactValue::Amount(Cents::euros(100)));
    subject
}

// Documents.

fn judged(n: usize) -> Vec<Judged> {
    mapped::judged(&RULEBOOK, many(n, |at| with_siret(centre(number(at), 2), at)))
}

fn projects(n: usize) -> Vec<Judged> {
    mapped::judged(&RULEBOOK, many(n, |at| granted(with_siret(project(number(at)), at))))
}

fn list_of(dossiers: Vec<Judged>) -> Work {
    Box::new(move || drop(mapped::list(&dossiers, None)))
}

fn xlsx_of(list: mapped::List) -> Work {
    Box::new(move || drop(list.xlsx()))
}

fn report_of(dossiers: Vec<Judged>) -> Work {
    Box::new(move || drop(mapped::report(&dossiers)))
}

// Answers.

fn page(nodes: &str, errors: &str) -> String {
    format!(
        r#"{{"errors":{errors},"data":{{"demarche":{{"dossiers":{{"nodes":{nodes},"pageInfo":{{"endCursor":"x","hasNextPage":false}}}}}}}}}}"#
    )
}

fn demarche(descriptors: &str) -> String {
    format!(
        r#"{{"data":{{"demarche":{{"activeRevision":{{"champDescriptors":{descriptors},"annotationDescriptors":[]}}}}}}}}"#
    )
}

fn schema(types: &str) -> String {
    format!(r#"{{"data":{{"__schema":{{"queryType":{{"name":"Query"}},"types":{types}}}}}}}"#)
}

fn answer_of(body: String) -> Work {
    Box::new(move || {
        let probe = Probe { status: 200, body: body.as_bytes(), asked: 1_000 };
        if let Ok(page) = probe.dossiers() {
            let errors = page.errors_by_record();
            assert!(errors.values().map(Vec::len).sum::<usize>() <= page.errors.len());
        }
        let _ = (probe.numbers(), probe.removals(), probe.demarche(), probe.dossier(), probe.links());
        if body.contains("__schema") {
            let _ = probe.schema();
        }
    })
}

// What people write.

fn config_of(text: String) -> Work {
    Box::new(move || drop(Config::parse(&text, Path::new("config.toml")).unwrap()))
}

fn config_refused(text: String) -> Work {
    Box::new(move || drop(Config::parse(&text, Path::new("config.toml")).unwrap_err().to_string()))
}

fn parameters_of(text: String) -> Work {
    let served = mapped::served();
    Box::new(move || drop(Rulebook::with_overrides("11", &served, &[("essai.toml", &text)]).unwrap()))
}

fn parameters_refused(text: String) -> Work {
    let served = mapped::served();
    Box::new(move || drop(Rulebook::with_overrides("11", &served, &[("essai.toml", &text)]).unwrap_err().to_string()))
}

fn case(at: usize, more: &str) -> String {
    format!(
        "[[case]]\nname = \"cas {at}\"\nexpected.status = \"eligible\"\n[case.dossier]\nprogramme = \"axe3-v1-ads\"\n\
         state = \"en_instruction\"\ndeposited_at = \"2021-09-01T10:00:00Z\"\napplicant = {{ kind = \"commune\" }}\n\
         facts.applicant_type = \"commune_autonome\"\n{more}"
    )
}

fn cases_of(text: String) -> Work {
    Box::new(move || drop(cases::read(Path::new("cas.toml"), &text).unwrap()))
}

fn cases_refused(text: String) -> Work {
    Box::new(move || drop(cases::read(Path::new("cas.toml"), &text).unwrap_err().to_string()))
}
