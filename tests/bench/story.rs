//! What the program is made to do with a number of dossiers, each operation measured.

use std::collections::BTreeMap;
use std::path::Path;

use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::instant::paris_date;
use fitn_connector::domain::programme::Programme;
use fitn_connector::sandbox;
use fitn_connector::sandbox::world::{Applicant, Value};
use jiff::{SignedDuration, Timestamp};

use super::cells;
use super::floor::Floor;
use super::operations::{Figures, SLOW_MS};
use super::stand::{RUNS, Stand};
use super::world;

/// With more pages, a slow server would take minutes.
const SLOW_PAGES: usize = 150;

/// What was measured with a number of dossiers.
#[derive(Debug)]
pub struct Measured {
    /// How many dossiers there were.
    pub dossiers: usize,
    /// How many démarches were followed.
    pub procedures: u64,
    /// Bytes of the database after the first sync.
    pub database_bytes: u64,
    /// Bytes of the dossiers as the server sent them in the first sync.
    pub dossiers_bytes: u64,
    /// The figures of each operation that the program knows, by name.
    pub figures: BTreeMap<&'static str, Figures>,
}

/// Measures a program with so many dossiers, in an empty directory.
pub fn tell(program: &Path, dossiers: usize, directory: &Path) -> Result<Measured, String> {
    let stand = Stand::new(program, dossiers, directory)?;
    let dossiers_bytes = stand.questions.iter().map(|question| question.answer_bytes).sum();
    let mut story = Story { stand, now: after_everything(), database_bytes: 0 };
    story.read()?;
    story.change()?;
    story.show()?;
    story.act()?;
    story.export()?;
    let procedures = sandbox::procedures().len() as u64;
    let Story { stand, database_bytes, .. } = story;
    Ok(Measured { dossiers, procedures, database_bytes, dossiers_bytes, figures: stand.figures })
}

/// After all that the stand-in makes up.
fn after_everything() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap_or_default()
}

struct Story<'a> {
    stand: Stand<'a>,
    /// The date of the last change.
    now: Timestamp,
    database_bytes: u64,
}

impl Story<'_> {
    fn read(&mut self) -> Result<(), String> {
        let first_sync = |stand: &Stand<'_>, _| {
            stand.forget_the_database()?;
            Ok(vec!["sync".to_owned()])
        };
        let first = self.stand.sample(RUNS, first_sync)?;
        self.stand.record("first_sync", first);
        if self.stand.questions.len() <= SLOW_PAGES {
            self.stand.server.answer_after(SLOW_MS);
            let slow = self.stand.sample(1, first_sync)?;
            self.stand.record("slow_sync", slow);
            let slow = self.stand.sample(1, |_, _| Ok(["sync", "--full"].map(str::to_owned).into()))?;
            self.stand.record("slow_full_sync", slow);
            self.stand.server.answer_after(0);
        }
        self.database_bytes = self.stand.database_bytes();
        self.stand.pages()?;
        self.stand.floor("rows", Floor::Rows)?;
        self.stand.dlt()?;
        for (name, line) in [("quiet_sync", "sync"), ("full_sync", "sync --full"), ("evaluate", "evaluate")] {
            self.stand.command(name, line)?;
        }
        Ok(())
    }

    /// The number of the démarche of a programme.
    fn procedure(programme: Programme) -> Result<i64, String> {
        let served = sandbox::procedures().into_iter().find(|served| served.programme == programme);
        Ok(served.ok_or_else(|| format!("aucune démarche pour {programme}"))?.number)
    }

    /// One dossier changes, then is synced and evaluated: the evaluation is what that costs more than a sync with nothing new.
    fn changed(
        &mut self,
        name: &'static str,
        later_grants: u64,
        mut change: impl FnMut(&mut sandbox::World, Timestamp) -> Result<(), String>,
    ) -> Result<(), String> {
        let now = &mut self.now;
        let whole = self.stand.sample(RUNS, |stand, _| {
            // Further apart than what a sync reads again.
            *now += SignedDuration::from_mins(30);
            stand.server.change(|world| change(world, *now))?;
            Ok(vec!["sync".to_owned()])
        })?;
        let quiet = self.stand.figures.get("quiet_sync").map_or(0, |quiet| quiet.cpu_us);
        if name == "changed_project" {
            self.stand.record("changed_sync", whole);
        }
        let cpu_us = whole.cpu_us.saturating_sub(quiet);
        self.stand.record(name, Figures { runs: whole.runs, cpu_us, later_grants, ..Figures::default() });
        Ok(())
    }

    fn change(&mut self) -> Result<(), String> {
        let (guichet, ads) = (Self::procedure(Programme::Axe3V1)?, Self::procedure(Programme::Axe3V1Ads)?);
        let picked = {
            let world = self.stand.server.world();
            let form = |number| world.procedure(number).ok_or("une démarche manque");
            let (guichet_form, ads_form) = (form(guichet)?, form(ads)?);
            let project = world::pending(&world, guichet)
                .find(|dossier| world::held(guichet_form, dossier, "total_cost").is_some())
                .map(|dossier| dossier.number);
            let centre = world::pending(&world, ads)
                .find(|dossier| match world::held(ads_form, dossier, "attached_communes") {
                    Some(Value::Rows(rows)) => rows.len() > RUNS as usize,
                    _ => false,
                })
                .map(|dossier| dossier.number);
            let project = project.ok_or("aucun projet en instruction")?;
            let first = |form| world::first_grant(&world, form);
            (project, centre, first(guichet_form), first(ads_form))
        };
        let (project, centre, project_grant, ads_grant) = picked;
        self.changed("changed_project", 0, |world, now| world::add_a_euro(world, guichet, project, "total_cost", now))?;
        if let Some(centre) = centre {
            self.changed("changed_ads", 0, |world, now| world::detach_a_commune(world, ads, centre, now))?;
        }
        for (name, procedure, grant) in
            [("changed_project_grant", guichet, project_grant), ("changed_ads_grant", ads, ads_grant)]
        {
            if let Some((number, later)) = grant {
                self.changed(name, later, |world, now| {
                    world::add_a_euro(world, procedure, number, "granted_amount", now)
                })?;
            }
        }
        Ok(())
    }

    fn show(&mut self) -> Result<(), String> {
        let guichet = Self::procedure(Programme::Axe3V1)?;
        let (number, siren) = {
            let world = self.stand.server.world();
            let dossier = world::pending(&world, guichet).last().ok_or("aucun dossier en instruction")?;
            let siren = match &dossier.applicant {
                Some(Applicant::Company(company) | Applicant::Incomplete(company)) => company.siret.get(..9),
                _ => None,
            };
            (dossier.number, siren.unwrap_or("217500016").to_owned())
        };
        for floor in [Floor::OneDossier, Floor::AllDossiers, Floor::OneWrite] {
            self.stand.floor(floor.name(), floor)?;
        }
        self.stand.command("status", "status")?;
        self.stand.command("dossier", &format!("dossier {number}"))?;
        self.stand.command_if_known("search", "--search", &format!("dossiers --search {siren}"))?;
        self.stand.command("dossiers", "dossiers --json")?;
        self.stand.command_if_known("todo", "--json", "todo --json")?;
        let yesterday = paris_date(Clock::system().now() - SignedDuration::from_hours(24));
        self.stand.command_if_known("changes", "--since", &format!("changes --since {yesterday} --json"))
    }

    /// A person decides on a rule that leaves something to review, of another dossier each time.
    fn act(&mut self) -> Result<(), String> {
        let guichet = Self::procedure(Programme::Axe3V1)?;
        let numbers: Vec<i64> =
            world::pending(&self.stand.server.world(), guichet).map(|dossier| dossier.number).collect();
        let mut cases = Vec::new();
        for number in numbers.iter().take(RUNS as usize) {
            let shown = self.stand.place.done(&["dossier", &number.to_string(), "--json"])?.json();
            let verdicts = shown["verdicts"].as_array().cloned().unwrap_or_default();
            let doubt = verdicts.iter().find(|verdict| verdict["verdict"] == "to_review").or(verdicts.first());
            let rule = doubt.and_then(|verdict| verdict["rule"].as_str()).ok_or("un dossier n’a pas d’avis")?;
            cases.push((number.to_string(), rule.to_owned()));
        }
        let most = u32::try_from(cases.len()).unwrap_or(RUNS);
        let figures = self.stand.sample(most, |_, run| {
            let (number, rule) = cases.get(run as usize).ok_or("plus de dossier à décider")?;
            let words =
                ["decide", number, "--rule", rule, "--verdict", "met", "--reason", "Vu au dossier", "--by", "Mesures"];
            Ok(words.map(str::to_owned).into())
        })?;
        self.stand.record("decide", figures);
        Ok(())
    }

    /// Another period each time: one asked for again is given as it was kept.
    fn export(&mut self) -> Result<(), String> {
        let exports = [
            ("monthly", "--month", ["2021-09", "2021-10", "2021-11"]),
            ("quarterly", "--quarter", ["2021-Q3", "2021-Q4", "2022-Q1"]),
        ];
        for (kind, option, periods) in exports {
            let figures = self.stand.sample(3, |_, run| {
                let period = periods.get(run as usize).ok_or("plus de période")?;
                Ok(["export", kind, option, period].map(str::to_owned).into())
            })?;
            self.stand.record(kind, figures);
            let floor = if kind == "monthly" { Floor::List } else { Floor::Report };
            cells::take(&self.stand.place.directory.join("exports"), floor)?;
            self.stand.floor(floor.name(), floor)?;
        }
        Ok(())
    }
}
