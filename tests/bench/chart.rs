//! Growth by the number of dossiers, drawn: CPU, both scales logarithmic. Presentation attributes only, so that it shows anywhere.

use std::fmt::Write as _;
use std::time::Duration;

use fitn_connector::domain::text::grouped;

use super::operations::{OPERATIONS, Panel, duration};
use super::story::Measured;

const COLORS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#aa3377", "#b8860b", "#8c564b", "#000000", "#666666"];

/// Width and height of a panel, what its plot leaves free around it, and the whole picture.
const PANEL: (f64, f64) = (700.0, 330.0);
const LEFT: f64 = 60.0;
const RIGHT: f64 = 340.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 44.0;

/// The least distance between two names.
const LINE: f64 = 15.0;

/// A line of the chart: an operation with its points (dossiers, microseconds).
struct Line {
    name: String,
    points: Vec<(usize, u64)>,
}

/// The picture.
pub fn svg(all: &[Measured]) -> String {
    let (width, height) = (PANEL.0, 2.0 * PANEL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\" role=\"img\">\n\
         <title>Temps de calcul selon le nombre de dossiers</title>\n\
         <desc>Deux graphiques aux échelles logarithmiques : ce que l’on attend devant l’écran, et ce qui parcourt tous les dossiers. Les \
         chiffres sont dans le tableau.</desc>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    let panels = [
        (Panel::Short, "Ce que l’on attend : temps de calcul, selon le nombre de dossiers"),
        (Panel::Long, "Ce qui parcourt tout : temps de calcul, selon le nombre de dossiers"),
    ];
    for (index, (wanted, title)) in panels.into_iter().enumerate() {
        let top = if index == 0 { 0.0 } else { PANEL.1 };
        panel(&mut out, top, title, &lines(all, wanted));
    }
    out.push_str("</svg>\n");
    out
}

fn lines(all: &[Measured], wanted: Panel) -> Vec<Line> {
    let drawn = OPERATIONS.iter().filter(|operation| operation.panel == wanted);
    let line = drawn.map(|operation| Line {
        name: operation.label.replace('`', ""),
        points: all
            .iter()
            .filter_map(|measured| Some((measured.dossiers, measured.figures.get(operation.name)?.cpu_us.max(100))))
            .collect(),
    });
    line.filter(|line| !line.points.is_empty()).collect()
}

/// Places of a logarithmic axis.
struct Axis {
    from: f64,
    to: f64,
    low: i32,
    high: i32,
}

impl Axis {
    /// From whole decades around these values (their logarithms) to a stretch of the picture.
    fn around(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = (decade(low.floor()), decade(high.ceil()));
        Self { from, to, low, high: high.max(low + 1) }
    }

    fn at(&self, value: f64) -> f64 {
        let part = (value - f64::from(self.low)) / f64::from(self.high - self.low);
        self.from + part * (self.to - self.from)
    }
}

/// A whole number near zero.
fn decade(value: f64) -> i32 {
    (-12..=12).find(|decade| f64::from(*decade) >= value).unwrap_or_default()
}

fn of_dossiers(dossiers: usize) -> f64 {
    f64::from(u32::try_from(dossiers).unwrap_or(u32::MAX)).log10()
}

/// In seconds.
fn of_time(us: u64) -> f64 {
    Duration::from_micros(us).as_secs_f64().log10()
}

fn panel(out: &mut String, top: f64, title: &str, lines: &[Line]) {
    let (left, right) = (LEFT, PANEL.0 - RIGHT);
    let (low, high) = (top + PANEL.1 - BOTTOM, top + TOP);
    let points = || lines.iter().flat_map(|line| &line.points);
    let x = Axis::around(points().map(|(dossiers, _)| of_dossiers(*dossiers)), left, right);
    let y = Axis::around(points().map(|(_, us)| of_time(*us)), low, high);
    let _ =
        writeln!(out, "<text x=\"16\" y=\"{:.0}\" font-size=\"13\" font-weight=\"bold\">{title}</text>", top + 22.0);
    for decade in y.low..=y.high {
        let at = y.at(f64::from(decade));
        let said = duration(10_u64.pow(u32::try_from(decade + 6).unwrap_or_default()));
        let said = said.replace(",0 ", " ");
        let _ = writeln!(
            out,
            "<line x1=\"{left}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\" stroke=\"#dddddd\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{said}</text>",
            left - 6.0,
            at + 4.0
        );
    }
    for decade in x.low..=x.high {
        let at = x.at(f64::from(decade));
        let said = grouped(10_u64.pow(u32::try_from(decade).unwrap_or_default()));
        let _ = writeln!(
            out,
            "<line x1=\"{at:.1}\" y1=\"{low}\" x2=\"{at:.1}\" y2=\"{high}\" stroke=\"#dddddd\"/>\
             <text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{said}</text>",
            low + 18.0
        );
    }
    let heights = apart(lines, &y, low);
    for ((line, color), named_at) in lines.iter().zip(COLORS.iter().cycle()).zip(heights) {
        let mut path = String::new();
        let mut end = (left, low);
        for (dossiers, us) in &line.points {
            end = (x.at(of_dossiers(*dossiers)), y.at(of_time(*us)));
            let _ = write!(path, "{:.1},{:.1} ", end.0, end.1);
            let _ = writeln!(out, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{color}\"/>", end.0, end.1);
        }
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.8\"/>\
             <line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{named_at:.1}\" stroke=\"{color}\" stroke-width=\"0.6\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" fill=\"{color}\">{}</text>",
            path.trim_end(),
            end.0,
            end.1,
            right + 10.0,
            right + 13.0,
            named_at + 4.0,
            short(&line.name)
        );
    }
}

/// Where the names of the lines go: beside their last points, none over another.
fn apart(lines: &[Line], y: &Axis, low: f64) -> Vec<f64> {
    let mut wanted: Vec<(usize, f64)> =
        lines.iter().map(|line| line.points.last().map_or(low, |(_, us)| y.at(of_time(*us)))).enumerate().collect();
    // From the lowest line up, each at least a line above the one before.
    wanted.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let mut below = f64::MAX;
    for (_, at) in &mut wanted {
        *at = at.min(below - LINE);
        below = *at;
    }
    wanted.sort_by_key(|(index, _)| *index);
    wanted.into_iter().map(|(_, at)| at).collect()
}

/// A name that fits beside the plot, as XML.
fn short(name: &str) -> String {
    const MOST: usize = 54;
    let cut: String = if name.chars().count() > MOST {
        name.chars().take(MOST - 1).chain(['…']).collect()
    } else {
        name.to_owned()
    };
    cut.replace('&', "&amp;").replace('<', "&lt;")
}
