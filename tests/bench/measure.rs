//! What the program costs: its commands as whole processes, with more and more dossiers, beside what they may cost.
//!
//! `tests/bench/run` builds what is measured and calls this. Nothing here fails for being slow: what misses its goal is shown as such.

mod cells;
mod chart;
mod floor;
mod machine;
mod operations;
mod process;
mod server;
mod stand;
mod story;
mod table;
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use fitn_connector::files::{make_directory, write_atomically};
use serde_json::{Value, json};

use machine::Facts;
use operations::OPERATIONS;
use story::Measured;

/// Between these lines of the README stands what was last measured.
const BEGIN: &str = "<!-- tests/bench/run --readme : début -->";
const END: &str = "<!-- tests/bench/run --readme : fin -->";

/// Where the README's picture and figures are kept.
const KEPT: &str = "tests/bench";

/// What is asked on the command line; `tests/bench/run` has checked it.
struct Asked {
    program: PathBuf,
    /// It was built from the sources at hand.
    built: bool,
    dossiers: Vec<usize>,
    readme: bool,
    /// Where the results go, and the databases meanwhile.
    directory: PathBuf,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, rest @ ..] = arguments.as_slice()
        && first == process::ALONE
    {
        return process::alone(rest);
    }
    if let [before, name] = arguments.as_slice()
        && before == floor::FLOOR
    {
        return floor::run(name);
    }
    match asked(&arguments).and_then(|asked| measure(&asked)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("✗ {error}");
            ExitCode::FAILURE
        }
    }
}

fn asked(arguments: &[String]) -> Result<Asked, String> {
    let mut asked = Asked {
        program: PathBuf::new(),
        built: false,
        dossiers: Vec::new(),
        readme: false,
        directory: PathBuf::from("target/bench"),
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("il manque une valeur à {argument}"));
        match argument.as_str() {
            "--program" => asked.program = PathBuf::from(value()?),
            "--directory" => asked.directory = PathBuf::from(value()?),
            "--dossiers" => {
                let numbers = value()?.split(',').map(|number| number.trim().parse().map_err(|_| number));
                let numbers: Result<Vec<usize>, _> = numbers.collect();
                asked.dossiers = numbers.map_err(|number| format!("« {number} » n’est pas un nombre de dossiers"))?;
            }
            "--built" => asked.built = true,
            "--readme" => asked.readme = true,
            // What cargo adds.
            "--bench" => {}
            other => return Err(format!("option inconnue : {other}")),
        }
    }
    asked.program = fs::canonicalize(&asked.program)
        .map_err(|error| format!("le programme à mesurer, {} : {error}", asked.program.display()))?;
    asked.dossiers.sort_unstable();
    asked.dossiers.dedup();
    if asked.dossiers.iter().any(|number| *number < 200) || asked.dossiers.is_empty() {
        return Err("il faut au moins 200 dossiers".to_owned());
    }
    Ok(asked)
}

fn measure(asked: &Asked) -> Result<(), String> {
    let facts = Facts::now(asked.built);
    make_directory(&asked.directory).map_err(|error| format!("{} : {error}", asked.directory.display()))?;
    let mut all = Vec::new();
    for dossiers in &asked.dossiers {
        let place =
            tempfile::tempdir_in(&asked.directory).map_err(|error| format!("répertoire de travail : {error}"))?;
        all.push(story::tell(&asked.program, *dossiers, place.path())?);
        // What was measured is not lost when what comes next fails.
        keep(&asked.directory, &all, &facts)?;
    }
    let (table, legend) = (table::markdown(&all), table::legend(&all));
    println!("Mesuré {}.\n\n{table}\n{legend}", facts.text());
    if asked.readme {
        keep(Path::new(KEPT), &all, &facts)?;
        fill_readme(&format!(
            "Mesuré {}. Sous chaque nombre de dossiers : temps de calcul (CPU, tous cœurs) · mémoire la plus grande.\n\n{table}\n{legend}\n\n\
             ![Temps de calcul selon le nombre de dossiers]({KEPT}/growth.svg)\n",
            facts.text()
        ))?;
    }
    Ok(())
}

/// Writes the figures and the picture.
fn keep(directory: &Path, all: &[Measured], facts: &Facts) -> Result<(), String> {
    let text = serde_json::to_string_pretty(&document(all, facts)).map_err(|error| error.to_string())?;
    for (name, text) in [("results.json", text + "\n"), ("growth.svg", chart::svg(all))] {
        write(&directory.join(name), &text)?;
    }
    Ok(())
}

fn document(all: &[Measured], facts: &Facts) -> Value {
    let sizes: Vec<Value> = all
        .iter()
        .map(|measured| {
            let operations: Vec<Value> = OPERATIONS
                .iter()
                .filter_map(|operation| {
                    let figures = measured.figures.get(operation.name)?;
                    let goal = operation.goal;
                    let floor = operation.floor.and_then(|floor| measured.figures.get(floor.name()));
                    let most = (!goal.is_free()).then(|| {
                        json!({
                            "cpu_ms": goal.cpu_ms,
                            "cpu_us_a_later_grant": goal.cpu_us_a_grant,
                            "cpu_us_a_dossier": goal.cpu_us_a_dossier,
                            "peak_mib": goal.peak_mib,
                            "peak_mib_of_many": goal.peak_mib_of_many,
                            "times_floor": goal.times_floor,
                            "percent_of_answers": goal.percent_of_answers,
                            "requests_a_procedure": goal.requests,
                            "met": goal.is_met(figures, floor, measured.dossiers, measured.procedures),
                        })
                    });
                    Some(json!({
                        "name": operation.name,
                        "label": operation.label,
                        "figures": figures,
                        "goal": most,
                        "floor": floor,
                    }))
                })
                .collect();
            json!({
                "dossiers": measured.dossiers,
                "procedures": measured.procedures,
                "database_bytes": measured.database_bytes,
                "dossiers_bytes": measured.dossiers_bytes,
                "operations": operations,
            })
        })
        .collect();
    json!({"measured_on": facts, "sizes": sizes})
}

/// Puts a text between the two lines of the README.
fn fill_readme(text: &str) -> Result<(), String> {
    let path = Path::new("README.md");
    let readme = fs::read_to_string(path).map_err(|error| format!("README.md : {error}"))?;
    let parts = readme.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let (head, tail) = parts.ok_or_else(|| format!("README.md n’a pas les lignes « {BEGIN} » et « {END} »"))?;
    write(path, &format!("{head}{BEGIN}\n{text}{END}{tail}"))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    write_atomically(path, text.as_bytes()).map_err(|error| format!("{} : {error}", path.display()))
}
