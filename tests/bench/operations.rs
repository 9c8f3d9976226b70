//! What is measured, in the order in which it is shown, with what each may cost.

use fitn_connector::domain::text::grouped;
use serde::{Deserialize, Serialize};

use super::floor::Floor;

/// The most that an operation may cost. What has no goal is measured all the same.
#[derive(Debug, Clone, Copy, Default)]
pub struct Goal {
    /// Milliseconds of CPU.
    pub cpu_ms: Option<u64>,
    /// Microseconds of CPU more for each later grant whose sum moves.
    pub cpu_us_a_grant: u64,
    /// Microseconds of CPU for each dossier.
    pub cpu_us_a_dossier: Option<u64>,
    /// MiB of memory, with [`USUAL`] dossiers at most.
    pub peak_mib: Option<u64>,
    /// MiB of memory with more of them; none: the same.
    pub peak_mib_of_many: Option<u64>,
    /// How many times the wall time of its floor.
    pub times_floor: Option<u64>,
    /// Hundredths of the time that a server of [`SLOW_MS`] takes for the answers.
    pub percent_of_answers: Option<u64>,
    /// Requests for each démarche followed.
    pub requests: Option<u64>,
}

/// As many dossiers as any région has, and more.
pub const USUAL: usize = 10_000;

/// Milliseconds that a slow server takes for each answer.
pub const SLOW_MS: u64 = 300;

/// Where the growth of an operation is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    /// Among those that somebody waits for.
    Short,
    /// Among those that go through everything.
    Long,
    /// Nowhere.
    None,
}

/// Something that the program does.
#[derive(Debug)]
pub struct Operation {
    /// Its name in the JSON.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// The most that it may cost.
    pub goal: Goal,
    /// Where its growth is drawn.
    pub panel: Panel,
    /// The least that it can be held against, where there is such a thing.
    pub floor: Option<Floor>,
}

const FREE: Goal = Goal {
    cpu_ms: None,
    cpu_us_a_grant: 0,
    cpu_us_a_dossier: None,
    peak_mib: None,
    peak_mib_of_many: None,
    times_floor: None,
    percent_of_answers: None,
    requests: None,
};
const SHOWN: Goal = Goal { cpu_ms: Some(20), peak_mib: Some(32), ..FREE };
const CHANGED: Goal = Goal { cpu_ms: Some(50), ..FREE };
const SLOW: Goal = Goal { percent_of_answers: Some(105), ..FREE };
const GRANTED: Goal = Goal { cpu_us_a_grant: 100, ..CHANGED };

const fn document(peak_mib: u64) -> Goal {
    Goal { peak_mib: Some(peak_mib), peak_mib_of_many: Some(400), times_floor: Some(3), ..FREE }
}

const fn operation(name: &'static str, label: &'static str, goal: Goal, panel: Panel) -> Operation {
    Operation { name, label, goal, panel, floor: None }
}

impl Operation {
    const fn above(self, floor: Floor) -> Self {
        Self { floor: Some(floor), ..self }
    }
}

/// Every operation.
pub const OPERATIONS: &[Operation] = &[
    operation(
        "first_sync",
        "première synchronisation, évaluation comprise",
        Goal { cpu_us_a_dossier: Some(550), peak_mib: Some(48), ..FREE },
        Panel::Long,
    )
    .above(Floor::Pages),
    operation("slow_sync", "la même, d’un serveur qui met 300 ms à chaque réponse", SLOW, Panel::None),
    operation("slow_full_sync", "`sync --full`, du même serveur, rien de nouveau", SLOW, Panel::None),
    operation("rows", "écrire les mêmes lignes, sans rien d’autre", FREE, Panel::None),
    operation("dlt", "les mêmes pages reprises par `dlt` dans SQLite, sans règles", FREE, Panel::None),
    operation(
        "quiet_sync",
        "`sync`, rien de nouveau",
        Goal { cpu_ms: Some(40), requests: Some(3), ..FREE },
        Panel::Short,
    ),
    operation("changed_sync", "`sync`, un dossier changé", FREE, Panel::None),
    operation("changed_project", "évaluer un dossier changé : un projet", CHANGED, Panel::Short),
    operation("changed_ads", "évaluer un dossier changé : les communes d’un centre", CHANGED, Panel::Short),
    operation("changed_project_grant", "évaluer le premier octroi d’un département, changé", GRANTED, Panel::Short),
    operation("changed_ads_grant", "évaluer le premier octroi Démat.ADS, changé", GRANTED, Panel::Short),
    operation("decide", "`decide`", Goal { cpu_ms: Some(30), ..FREE }, Panel::Short).above(Floor::OneWrite),
    operation("status", "`status`", SHOWN, Panel::Short).above(Floor::OneDossier),
    operation("dossier", "`dossier N`", SHOWN, Panel::Short).above(Floor::OneDossier),
    operation("search", "`dossiers --search SIREN`", SHOWN, Panel::Short).above(Floor::OneDossier),
    operation("dossiers", "`dossiers --json`, tous", FREE, Panel::Long).above(Floor::AllDossiers),
    operation("todo", "`todo --json`", FREE, Panel::Long).above(Floor::AllDossiers),
    operation("changes", "`changes --json`, depuis la veille", FREE, Panel::Long),
    operation("full_sync", "`sync --full`, rien de nouveau", FREE, Panel::Long),
    operation("evaluate", "`evaluate`, tout", FREE, Panel::Long),
    operation("monthly", "`export monthly`", document(96), Panel::Long).above(Floor::List),
    operation("quarterly", "`export quarterly`", document(128), Panel::Long).above(Floor::Report),
];

/// What an operation cost: medians over its runs; the most memory of them all; the requests of the last.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Figures {
    /// How often it was run.
    pub runs: u64,
    /// Microseconds of CPU.
    pub cpu_us: u64,
    /// Microseconds from beginning to end; none when it is a part of a run.
    pub wall_us: Option<u64>,
    /// KiB of memory; none when it is a part of a run.
    pub peak_kib: Option<u64>,
    /// Requests.
    pub requests: u64,
    /// Bytes that the server sent.
    pub received_bytes: u64,
    /// Bytes of the questions.
    pub sent_bytes: u64,
    /// Grants after the one that changed, out of the same credits.
    pub later_grants: u64,
}

impl Goal {
    /// Whether there is one at all.
    pub fn is_free(&self) -> bool {
        let of_cpu = self.cpu_ms.is_none() && self.cpu_us_a_dossier.is_none();
        of_cpu && self.peak_mib.is_none() && self.is_wall_free() && self.requests.is_none()
    }

    fn is_wall_free(&self) -> bool {
        self.times_floor.is_none() && self.percent_of_answers.is_none()
    }

    /// As people read it.
    pub fn text(&self) -> String {
        let grants = if self.cpu_us_a_grant > 0 { " + 0,1 ms par octroi suivant" } else { "" };
        let parts = [
            self.cpu_ms.map(|most| format!("≤ {most} ms{grants}")),
            self.cpu_us_a_dossier.map(|most| format!("≤ {} par dossier", duration(most))),
            self.peak_mib.map(|most| format!("≤ {most} Mio")),
            self.peak_mib_of_many.map(|most| format!("≤ {most} au-delà de {}", grouped(USUAL as u64))),
            self.times_floor.map(|most| format!("durée ≤ {most} × plancher")),
            self.percent_of_answers
                .map(|most| format!("durée ≤ {},{:02} × attente des réponses", most / 100, most % 100)),
            self.requests.map(|most| format!("≤ {most} requêtes par démarche")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// The most microseconds of CPU for these figures of so many dossiers.
    fn most_cpu_us(&self, figures: &Figures, dossiers: usize) -> Option<u64> {
        if let Some(each) = self.cpu_us_a_dossier {
            return Some(each * dossiers as u64);
        }
        Some(self.cpu_ms? * 1_000 + self.cpu_us_a_grant * figures.later_grants)
    }

    /// Whether the CPU is within the goal.
    pub fn is_cpu_met(&self, figures: &Figures, dossiers: usize) -> bool {
        self.most_cpu_us(figures, dossiers).is_none_or(|most| figures.cpu_us <= most)
    }

    /// Whether the memory is within the goal.
    pub fn is_peak_met(&self, figures: &Figures, dossiers: usize) -> bool {
        let most = if dossiers > USUAL { self.peak_mib_of_many.or(self.peak_mib) } else { self.peak_mib };
        most.zip(figures.peak_kib).is_none_or(|(most, peak)| peak <= most * 1_024)
    }

    /// Whether the wall time is within the goal, beside that of a floor, or of the answers.
    pub fn is_wall_met(&self, figures: &Figures, floor: Option<&Figures>) -> bool {
        if let (Some(most), Some(wall)) = (self.percent_of_answers, figures.wall_us) {
            return wall * 100 <= figures.requests * SLOW_MS * 1_000 * most;
        }
        let walls = figures.wall_us.zip(floor.and_then(|floor| floor.wall_us));
        self.times_floor.zip(walls).is_none_or(|(most, (wall, floor))| wall <= most * floor)
    }

    /// Whether the requests are within the goal, for so many démarches.
    pub fn are_requests_met(&self, figures: &Figures, procedures: u64) -> bool {
        self.requests.is_none_or(|most| figures.requests <= most * procedures)
    }

    /// Whether everything is.
    pub fn is_met(&self, figures: &Figures, floor: Option<&Figures>, dossiers: usize, procedures: u64) -> bool {
        let in_time = self.is_cpu_met(figures, dossiers) && self.is_wall_met(figures, floor);
        in_time && self.is_peak_met(figures, dossiers) && self.are_requests_met(figures, procedures)
    }
}

/// A duration as people read it: `12,3 ms`, `123 ms`, `1,23 s`, `123 s`.
pub fn duration(us: u64) -> String {
    match us {
        0..100_000 => format!("{} ms", decimal(us, 1_000, 1)),
        100_000..1_000_000 => format!("{} ms", us.div_ceil(1_000)),
        1_000_000..100_000_000 => format!("{} s", decimal(us, 1_000_000, 1)),
        _ => format!("{} s", grouped(us / 1_000_000)),
    }
}

/// Bytes as people read them.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{} o", grouped(bytes)),
        10_000..1_048_576 => format!("{} Kio", bytes.div_ceil(1_024)),
        _ => format!("{} Mio", decimal(bytes, 1_048_576, 1)),
    }
}

/// `number` in a unit, with so many decimals, rounded.
fn decimal(number: u64, unit: u64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals);
    let scaled = (number * scale + unit / 2) / unit;
    format!("{},{}", grouped(scaled / scale), scaled % scale)
}
