//! Decides whether OpenAI's Enterprise Key Management could use a customer's key, and whether anything more is
//! granted, before the key is registered.

pub mod collect;
pub mod contract;
pub mod evidence;
pub mod facts;
pub mod iam;
pub mod target;
