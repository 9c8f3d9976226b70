//! Démat.ADS: the worked examples, each verdict of each rule, and what holds for all dossiers.

mod cases;
mod doubts;
mod properties;
