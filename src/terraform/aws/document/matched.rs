//! Which block of the configuration makes a planned one. Only blocks of which something is known only after apply need
//! it; where there is a doubt, as dynamic blocks leave one, there is none.

use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::configuration::{Block, Expression};

/// For each planned block of a list the one that makes it: in order, where there are as many of each.
pub(super) fn in_order<'b>(planned: &[Attribute], blocks: &'b [Block]) -> Vec<Option<&'b Block>> {
    if planned.len() != blocks.len() {
        return in_any_order(planned, blocks);
    }
    let fits = |(planned, block): (&Attribute, &'b Block)| {
        planned.object().filter(|planned| may_make(block, planned)).map(|_| block)
    };
    planned.iter().zip(blocks).map(fits).collect()
}

/// For each planned block of a set the one that makes it: the only one that can, and that can make no other.
pub(super) fn in_any_order<'b>(planned: &[Attribute], blocks: &'b [Block]) -> Vec<Option<&'b Block>> {
    let objects: Vec<Option<&Object>> = planned.iter().map(Attribute::object).collect();
    let may =
        |planned: &Option<&Object>, block: &Block| planned.is_none_or(|planned| may_make(block, planned));
    let of = |planned: &Option<&Object>| {
        let mut makers = blocks.iter().filter(|block| may(planned, block));
        let (Some(block), None) = (makers.next(), makers.next()) else { return None };
        let alone = objects.iter().filter(|other| may(other, block)).count() == 1;
        alone.then_some(block)
    };
    objects.iter().map(of).collect()
}

/// Whether a block can come to be a planned one: its constants are the planned values.
fn may_make(block: &Block, planned: &Object) -> bool {
    let constants = block.iter().all(|(name, expression)| match expression {
        Expression::Constant(constant) => planned.get(name).is_none_or(|value| same(constant, value)),
        Expression::Blocks(blocks) => match planned.get(name) {
            Some(Attribute::List(planned)) => planned.len() >= blocks.len(),
            _ => true,
        },
        Expression::References(_) | Expression::Unreadable(_) => true,
    });
    // What is planned is written somewhere.
    let unwritten = planned.iter().all(|(name, value)| match value {
        // A default is planned without being written.
        Attribute::Text(_) if name == "effect" => true,
        Attribute::Unknown | Attribute::Text(_) => block.contains_key(name),
        Attribute::List(values) if values.iter().any(|value| value.object().is_none()) => {
            block.contains_key(name)
        }
        _ => true,
    });
    constants && unwritten
}

/// Whether a planned value is a constant: lists may be sets, in any order and each member once.
fn same(constant: &Attribute, planned: &Attribute) -> bool {
    match (constant, planned) {
        (Attribute::List(constants), Attribute::List(planned)) => {
            planned.iter().all(|value| constants.iter().any(|constant| same(constant, value)))
                && constants.iter().all(|constant| planned.iter().any(|value| same(constant, value)))
        }
        // Terraform turns what is written into the attribute's type.
        (Attribute::Bool(constant), Attribute::Text(planned)) => constant.to_string() == *planned,
        (Attribute::Number(constant), Attribute::Text(planned)) => constant.to_string() == *planned,
        (Attribute::Null, Attribute::List(planned)) => planned.is_empty(),
        (constant, planned) => constant == planned,
    }
}
