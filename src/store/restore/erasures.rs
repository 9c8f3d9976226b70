//! What was erased after a copy was made, as far as anything at hand tells: the lines beside the place of the database, beside the copy and
//! beside its neighbours, and the database in place.

use std::path::{Path, PathBuf};

use super::super::backup::{copies_in, server_of_copy, stem_of};
use super::super::{ERASED, RemovalNotice, Tombstone, access};
use super::{Candidate, RestoreError, losses};
use crate::files::{AtHand, Lines, Untold, directory_of};

/// What tells of erasures.
#[derive(Debug)]
pub struct Erasures {
    at_hand: AtHand,
    /// What the lines say.
    lines: Vec<Tombstone>,
    /// The dossiers that the database in place has erased.
    of_base: Vec<RemovalNotice>,
    /// Up to which line the copy has erased.
    known: u64,
    /// The last line that anything at hand knows of.
    latest: u64,
    untold: Option<Untold>,
    base_tells: bool,
}

impl Erasures {
    /// Looks at what is at hand. `present`: up to which line the database in place has erased, where it is one that had the copy's history.
    pub(super) fn look(database: &Path, candidate: &Candidate, present: Option<u64>) -> Result<Self, RestoreError> {
        let (file, server) = (candidate.file.as_path(), candidate.server.as_deref());
        let at_hand = AtHand::look(&ERASED, database, file, server);
        if at_hand.here.is_of_another(server) {
            return Err(RestoreError::OtherLines { file: file.to_owned(), lines: at_hand.here.path });
        }
        let own = ERASED.beside(file);
        let of_copy = at_hand.left_out.iter().find(|lines| lines.path.file_name() == own.file_name());
        for lines in [Some(&at_hand.here), of_copy].into_iter().flatten() {
            if let Lines::Damaged(problem) = &lines.worth {
                return Err(RestoreError::Tombstones { file: lines.path.clone(), problem: problem.clone() });
            }
        }
        let lines: Vec<Tombstone> = at_hand.united().iter().filter_map(|line| Tombstone::read(line)).collect();
        let known = candidate.erased_until;
        let of_copies = of_copies(database, candidate);
        let noted = lines.last().map_or(0, |line| line.number);
        let latest = [noted, known, present.unwrap_or(0)].into_iter().chain(of_copies.iter().map(|(mark, _)| *mark));
        let latest = latest.max().unwrap_or_default();
        let here = at_hand.here.lines.last().and_then(|line| Tombstone::read(line)).map_or(0, |line| line.number);
        let untold = if has_all(&lines, known, latest) {
            let knows_more = || of_copies.into_iter().max().filter(|(mark, _)| *mark > here);
            // A database that had the copy's history knows up to where it has erased, and the lines tell all of that.
            let is_told = present.is_some_and(|present| present == latest);
            let untold = || at_hand.untold().or_else(|| knows_more().map(|(_, copy)| Untold::Older(copy)));
            if is_told { None } else { untold() }
        } else {
            Some(at_hand.untold().unwrap_or(Untold::Gap))
        };
        let of_base = losses::erased(database);
        Ok(Self { at_hand, lines, of_base, known, latest, untold, base_tells: present.is_some() })
    }

    /// The files.
    #[must_use]
    pub fn at_hand(&self) -> &AtHand {
        &self.at_hand
    }

    /// Why not all of it may be told, in French; none where it is.
    #[must_use]
    pub fn untold(&self) -> Option<String> {
        self.untold.as_ref().map(|untold| untold.told(&ERASED))
    }

    /// Whether the database in place tells of dossiers, whatever the lines say.
    #[must_use]
    pub fn base_tells(&self) -> bool {
        self.base_tells
    }

    /// The last line that anything at hand knows of.
    #[must_use]
    pub fn latest(&self) -> u64 {
        self.latest
    }

    /// What was erased after the copy was made, and is to be erased from it. What the database in place alone tells goes without a number.
    #[must_use]
    pub fn since(&self) -> Vec<Tombstone> {
        let mut since: Vec<Tombstone> = self.lines.iter().filter(|line| line.number > self.known).cloned().collect();
        let is_noted = |notice: &&RemovalNotice| since.iter().any(|line| line.dossier() == Some(notice.number));
        let untold: Vec<RemovalNotice> = self.of_base.iter().filter(|notice| !is_noted(notice)).cloned().collect();
        since.extend(untold.into_iter().map(|notice| Tombstone { number: 0, erased: super::Erased::Dossier(notice) }));
        since
    }
}

/// Up to which line the copy and its neighbours of the same connector have erased.
fn of_copies(database: &Path, candidate: &Candidate) -> Vec<(u64, PathBuf)> {
    let directory = directory_of(&candidate.file);
    let files = copies_in(directory, &stem_of(database)).into_iter().map(|copy| directory.join(copy.to_string()));
    let of = |file: PathBuf| {
        let server = server_of_copy(&file).filter(|of| candidate.server.as_ref() == Some(of));
        server.and_then(|_| Some((losses::mark_of(&access::alone(&file).ok()?)?, file)))
    };
    let own = (candidate.erased_until, candidate.file.clone());
    files.filter_map(of).chain([own]).collect()
}

/// Whether each line after one, up to another, is there.
fn has_all(lines: &[Tombstone], after: u64, last: u64) -> bool {
    let mut reached = after;
    for line in lines.iter().filter(|line| line.number > after) {
        if line.number > reached + 1 {
            return false;
        }
        reached = line.number;
    }
    reached >= last
}
