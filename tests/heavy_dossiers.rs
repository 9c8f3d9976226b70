//! Dossiers as heavy as they may be, and heavier: those that are taken are judged without holding them all, those that are not are
//! set aside alone.

mod common;

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use common::memory::peak_of;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// No answer may make a sync need more, in KiB.
const MOST_MEMORY_KIB: u64 = 200 * 1024;

/// Dossiers of one démarche, each as JSON, by its place.
type Dossiers = Arc<dyn Fn(usize) -> String + Send + Sync>;

/// A dossier whose list of champs is this JSON.
fn dossier(place: usize, champs: &str) -> String {
    format!(
        r#"{{"__typename":"Dossier","id":"D{place}","number":{number},"state":"en_instruction","archived":false,
            "dateDepot":"2022-01-01T10:00:00+01:00","dateDerniereModification":"2022-01-02T10:00:00+01:00","annotations":[],
            "avis":[],"labels":[],"champs":{champs}}}"#,
        number = 100 + place
    )
}

fn text_champ(id: &str, text: &str) -> String {
    json!({"__typename": "TextChamp", "id": id, "champDescriptorId": id, "label": id, "stringValue": text}).to_string()
}

/// The answer to one question about so many dossiers.
fn answer(question: &Value, count: usize, dossiers: &Dossiers) -> String {
    let variables = &question["variables"];
    let first = variables["first"].as_u64().map_or(1, |first| usize::try_from(first).unwrap());
    let from = variables["after"].as_str().map_or(0, |after| after.parse().unwrap());
    let page = |nodes: String, end: usize| {
        let info = json!({"endCursor": end.to_string(), "hasNextPage": end < count});
        format!(r#"{{"data":{{"demarche":{{"dossiers":{{"nodes":[{nodes}],"pageInfo":{info}}}}}}}}}"#)
    };
    let form = || {
        let descriptor =
            |id: &str| json!({"__typename": "TextareaChampDescriptor", "id": id, "label": id, "required": false});
        let champs = ["Titre", "Résumé", "Retour"].map(descriptor);
        json!({"champDescriptors": champs, "annotationDescriptors": []})
    };
    let line = |place: usize| json!({"number": 100 + place, "dateDerniereModification": "2022-01-02T10:00:00+01:00"});
    match question["operationName"].as_str().unwrap() {
        "Form" => {
            json!({"data": {"demarche": {"title": "T", "state": "publiee", "activeRevision": form()}}}).to_string()
        }
        "FormAndNewest" => {
            let newest = json!({"nodes": [line(count - 1)], "pageInfo": {"endCursor": null, "hasNextPage": false}});
            let demarche = json!({"title": "T", "state": "publiee", "activeRevision": form(), "dossiers": newest});
            json!({"data": {"demarche": demarche}}).to_string()
        }
        "NewestUpdate" => page(line(count - 1).to_string(), count),
        "Dossiers" => {
            let end = (from + first).min(count);
            page((from..end).map(|place| dossiers(place)).collect::<Vec<_>>().join(","), end)
        }
        "Numbers" => {
            let end = (from + first).min(count);
            page((from..end).map(|place| line(place).to_string()).collect::<Vec<_>>().join(","), end)
        }
        "OneDossier" => {
            let place = variables["number"].as_u64().and_then(|number| usize::try_from(number - 100).ok()).unwrap();
            format!(r#"{{"data":{{"dossier":{}}}}}"#, dossiers(place))
        }
        "Removals" => {
            let none = json!({"nodes": [], "pageInfo": {"endCursor": null, "hasNextPage": false}});
            json!({"data": {"demarche": {"deletedDossiers": none, "pendingDeletedDossiers": none}}}).to_string()
        }
        "TwoDossiers" | "FourDossiers" | "EightDossiers" => {
            let place = |number: &Value| usize::try_from(number.as_u64().unwrap() - 100).unwrap();
            let asked = variables.as_object().unwrap().iter();
            let all: Vec<_> = asked.map(|(name, number)| format!("\"{name}\":{}", dossiers(place(number)))).collect();
            format!(r#"{{"data":{{{}}}}}"#, all.join(","))
        }
        other => panic!("{other} is not expected"),
    }
}

/// A DS of one démarche, and a workplace beside it.
struct Heavy {
    directory: TempDir,
    _runtime: Runtime,
}

impl Heavy {
    fn serving(count: usize, dossiers: Dossiers) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/api/v2/graphql", listener.local_addr().unwrap());
        let serve = move |body: String| {
            let dossiers = Arc::clone(&dossiers);
            async move {
                let question = serde_json::from_str(&body).unwrap();
                ([(CONTENT_TYPE, "application/json")], answer(&question, count, &dossiers)).into_response()
            }
        };
        runtime.spawn(async move { axum::serve(listener, Router::new().route("/api/v2/graphql", post(serve))).await });
        let directory = tempfile::tempdir().unwrap();
        let config = format!(
            "[api]\nurl = \"{url}\"\nmax_retry_s = 1\npage_size = 4\n[database]\npath = \"fitn.sqlite\"\n\n\
             [[procedures]]\nnumber = 12\nprogramme = \"axe3-v1\"\n[procedures.fields]\n\
             project_title = {{ champ = \"Titre\" }}\nproject_summary = {{ champ = \"Résumé\" }}\n\
             feedback = {{ champ = \"Retour\" }}\n"
        );
        fitn_connector::files::write_atomically(&directory.path().join("config.toml"), config.as_bytes()).unwrap();
        Self { directory, _runtime: runtime }
    }

    /// Runs a command to its end: its code, the peak of its memory in KiB, and what it said.
    fn run(&self, command: &str) -> (i32, u64, String) {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("fitn"))
            .args(["--config", "config.toml", command])
            .current_dir(self.directory.path())
            .env("FITN_API_TOKEN", "jeton")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let peak = peak_of(&mut child);
        let output = child.wait_with_output().unwrap();
        (output.status.code().unwrap(), peak, String::from_utf8(output.stderr).unwrap())
    }

    fn numbers(&self, sql: &str) -> Vec<i64> {
        #[allow(clippy::disallowed_methods, reason = "a look from outside, as people who query the database have")]
        let connection = rusqlite::Connection::open(self.directory.path().join("fitn.sqlite")).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }
}

#[test]
fn many_dossiers_of_megabytes_are_judged_without_holding_them_all() {
    const COUNT: usize = 32;
    const BYTES: usize = 3_900_000;
    let champs: Vec<String> =
        ["Titre", "Résumé", "Retour"].map(|id| text_champ(id, &"mot ".repeat(BYTES / 3 / 4))).into();
    let champs = format!("[{}]", champs.join(","));
    let heavy = Heavy::serving(COUNT, Arc::new(move |place| dossier(place, &champs)));
    for command in ["sync", "evaluate"] {
        let (code, peak, told) = heavy.run(command);
        assert_eq!(code, 0, "{command}: {told}");
        assert_eq!(heavy.numbers("SELECT count(*) FROM view_dossiers WHERE status IS NOT NULL"), [32]);
        assert!(peak > 0 && peak < MOST_MEMORY_KIB, "{command}: {peak} KiB");
    }
}

#[test]
fn a_dossier_with_more_champs_rows_or_files_than_any_is_set_aside_alone() {
    let mut rows = String::new();
    for row in 0..500 {
        write!(rows, r#"{}{{"id":"{row}","champs":[{}0]}}"#, if row > 0 { "," } else { "" }, "0,".repeat(100)).unwrap();
    }
    let crowds = [
        format!("[{}0]", "0,".repeat(198_000)),
        format!("[{}{{}}]", "{},".repeat(90_000)),
        format!(r#"[{{"__typename":"RepetitionChamp","rows":[{rows}]}}]"#),
        format!("[{}]", text_champ("Titre", &"x".repeat(5_000_000))),
    ];
    let heavy = Heavy::serving(
        6,
        Arc::new(move |place| match crowds.get(place) {
            Some(crowd) => dossier(place, crowd),
            None => dossier(place, &format!("[{}]", text_champ("Titre", "Un guichet"))),
        }),
    );
    let (code, peak, told) = heavy.run("sync");
    assert_eq!(code, 3, "{told}");
    assert_eq!(heavy.numbers("SELECT number FROM view_dossiers ORDER BY number"), [104, 105]);
    assert_eq!(heavy.numbers("SELECT dossier FROM view_quarantine ORDER BY dossier"), [100, 101, 102, 103]);
    assert!(peak > 0 && peak < MOST_MEMORY_KIB, "{peak} KiB");
}
