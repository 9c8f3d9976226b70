//! All files of a kind that may tell of a database: the one beside its place, those beside a copy and the other copies of that directory.
//! Each may be of another day. What any of them tells is known.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::{directory_of, write_privately};
use super::{LineFile, LineKind, Lines};

/// Those that are at hand.
#[derive(Debug)]
pub struct AtHand {
    kind: &'static LineKind,
    /// The one beside the place of the database.
    pub here: LineFile,
    /// The other whole ones of that connector, the longest first.
    near: Vec<LineFile>,
    /// Those that should tell and do not: they are damaged, or the one beside the copy is of another connector.
    pub left_out: Vec<LineFile>,
    /// What the others tell and the first does not.
    pub lacking: Vec<String>,
}

/// Why something may be told by none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// There is none beside the place of the database; the longest of the others.
    Missing(Option<PathBuf>),
    /// The one beside the place is older than a file.
    Older(PathBuf),
    /// The one beside the place is damaged: why, in French.
    Damaged(String),
    /// Lines are lost from their midst.
    Gap,
}

impl AtHand {
    /// Looks for them. `server`: what names the connector of the copy.
    #[must_use]
    pub fn look(kind: &'static LineKind, database: &Path, copy: &Path, server: Option<&str>) -> Self {
        let here = kind.read(&kind.beside(database));
        let own = kind.beside(copy);
        let (mut near, mut left_out) = (Vec::new(), Vec::new());
        for path in files_in(directory_of(copy), kind.suffix) {
            if is_same(&path, &here.path) {
                continue;
            }
            let mut file = kind.read(&path);
            let is_of_copy = path.file_name() == own.file_name();
            if is_of_copy && file.is_of_another(server) {
                file.worth = Lines::Damaged("c’est celui d’un autre connecteur".to_owned());
            }
            match file.worth {
                Lines::Whole if is_of_copy || (server.is_some() && file.server.as_deref() == server) => near.push(file),
                // Several connectors may have one directory.
                Lines::Damaged(_) if is_of_copy || !file.is_of_another(server) => left_out.push(file),
                _ => {}
            }
        }
        near.sort_by_key(|file| Reverse(file.lines.len()));
        let mut known = counted(&here.lines);
        let mut lacking = Vec::new();
        for file in &near {
            let mut seen = HashMap::<&str, usize>::new();
            for line in &file.lines {
                let times = seen.entry(line).or_default();
                *times += 1;
                let known = known.entry(line).or_default();
                if *known < *times {
                    *known = *times;
                    lacking.push(line.clone());
                }
            }
        }
        Self { kind, here, near, left_out, lacking }
    }

    /// What all of them tell, in order.
    #[must_use]
    pub fn united(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.here.lines.iter().chain(&self.lacking).cloned().collect();
        lines.sort_by_key(|line| (self.kind.number)(line));
        lines
    }

    /// Why something may be told by none of them; none where the one beside the place knows what the others know.
    #[must_use]
    pub fn untold(&self) -> Option<Untold> {
        let longest = self.near.first().map(|file| file.path.clone());
        match &self.here.worth {
            Lines::Damaged(problem) => Some(Untold::Damaged(problem.clone())),
            Lines::Missing => Some(Untold::Missing(longest)),
            Lines::Whole if self.lacking.is_empty() => None,
            Lines::Whole => longest.map(Untold::Older),
        }
    }

    /// Writes what all of them tell beside the place of the database, where the file there does not tell it.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn unite(&self, server: Option<&str>) -> io::Result<()> {
        if self.lacking.is_empty() {
            return Ok(());
        }
        let mut text = server.or(self.here.server.as_deref()).map_or_else(String::new, |server| self.kind.head(server));
        for line in self.united() {
            text.push_str(&line);
            text.push('\n');
        }
        write_privately(&self.here.path, text.as_bytes())
    }
}

impl LineFile {
    /// Whether it says that another connector keeps it.
    #[must_use]
    pub fn is_of_another(&self, server: Option<&str>) -> bool {
        self.server.as_deref().zip(server).is_some_and(|(of, server)| of != server)
    }
}

impl Untold {
    /// The same in French, of a kind.
    #[must_use]
    pub fn told(&self, kind: &LineKind) -> String {
        let LineKind { label, suffix, .. } = kind;
        match self {
            Self::Missing(None) => {
                format!("aucun {label} (« {suffix} »), ni à côté de la base, ni à côté des sauvegardes")
            }
            Self::Missing(Some(near)) => format!(
                "le {label} (« {suffix} ») manque à côté de la base ; {} en tient lieu, et ne sait rien de ce qui est venu après lui",
                near.display()
            ),
            Self::Older(than) => format!(
                "le {label} (« {suffix} ») à côté de la base est plus ancien que {}, et rien ne dit ce qui est venu après celui-ci",
                than.display()
            ),
            Self::Damaged(problem) => format!("le {label} (« {suffix} ») ne dit pas tout : {problem}"),
            Self::Gap => format!("le {label} (« {suffix} ») a perdu des lignes"),
        }
    }
}

fn counted(lines: &[String]) -> HashMap<&str, usize> {
    let mut counted = HashMap::new();
    for line in lines {
        *counted.entry(line.as_str()).or_default() += 1;
    }
    counted
}

fn files_in(directory: &Path, suffix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let is_one = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(suffix));
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_one).collect();
    files.sort();
    files
}

fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

#[cfg(test)]
mod tests {
    use super::super::super::write_atomically;
    use super::super::tests::KIND;
    use super::*;

    #[test]
    fn what_any_of_them_tells_is_known_and_what_none_may_tell_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let put = |name: &str, server: &str, lines: &str| {
            write_atomically(&at(name), format!("{}{lines}", KIND.head(server)).as_bytes()).unwrap();
        };
        let (database, copy) = (at("base/fitn.sqlite"), at("copies/a.sqlite"));
        let look = || AtHand::look(&KIND, &database, &copy, Some("abc"));
        fs::create_dir(at("copies")).unwrap();
        assert_eq!((look().untold(), look().united().len()), (Some(Untold::Missing(None)), 0));
        put("copies/a.sqlite.essais", "abc", "1 a\n");
        put("copies/b.sqlite.essais", "abc", "1 a\r\n2 b\r\n2 b\r\n");
        put("copies/c.sqlite.essais", "def", "3 c\n");
        put("copies/d.sqlite.essais", "abc", "4 d\nbonjour\n");
        put("copies/e.sqlite.essais", "def", "bonjour\n");
        let found = look();
        assert_eq!(found.untold(), Some(Untold::Missing(Some(at("copies/b.sqlite.essais")))));
        assert_eq!(found.united(), ["1 a", "2 b", "2 b"]);
        assert_eq!(
            found.left_out.iter().map(|file| file.path.clone()).collect::<Vec<_>>(),
            [at("copies/d.sqlite.essais")]
        );
        // One of before, and what came elsewhere after it.
        put("base/fitn.sqlite.essais", "abc", "1 a\n5 e\n");
        let found = look();
        assert_eq!(found.untold(), Some(Untold::Older(at("copies/b.sqlite.essais"))));
        assert_eq!(found.united(), ["1 a", "2 b", "2 b", "5 e"]);
        found.unite(Some("abc")).unwrap();
        let found = look();
        assert_eq!((found.untold(), found.lacking.len()), (None, 0));
        assert_eq!(found.here.lines, ["1 a", "2 b", "2 b", "5 e"]);
        // Of another connector beside the copy itself: it should tell.
        put("copies/a.sqlite.essais", "def", "1 a\n");
        assert_eq!(look().left_out.len(), 2);
        assert!(look().left_out[0].is_of_another(Some("abc")) && !look().here.is_of_another(Some("abc")));
        write_atomically(&found.here.path, b"bonjour\n").unwrap();
        assert!(matches!(look().untold(), Some(Untold::Damaged(_))));
    }
}
