//! Reading clouds: the only place that does I/O with them. Read-only, each call once, within a time limit.

pub mod aws;
