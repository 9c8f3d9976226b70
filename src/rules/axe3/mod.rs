//! What the two volets of axe 3 share (Démat.ADS apart): when a project starts and ends, what it spends, how it is decided.

pub(super) mod decision;
pub(super) mod project;
pub(super) mod spending;
