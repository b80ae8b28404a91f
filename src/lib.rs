//! Decides whether OpenAI's Enterprise Key Management could use a customer's key, and whether anything more is
//! granted, before the key is registered.

pub mod check;
pub mod contract;
pub mod facts;
pub mod target;
pub mod text;
