//! Which block of the configuration makes a planned one. Only blocks of which something is known only after apply need
//! it; where there is a doubt, as dynamic blocks leave one, there is none.

use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::configuration::{Block, Expression};

/// More pairs of blocks than these are not looked at.
const MOST: usize = 1 << 14;

/// For each planned block of a list the one that makes it: in order, where there are as many of each.
pub(super) fn in_order<'b>(planned: &[Attribute], blocks: &'b [Block]) -> Vec<Option<&'b Block>> {
    if planned.len() != blocks.len() {
        return in_any_order(planned, blocks);
    }
    // Each block makes one, so that dynamic ones make none.
    blocks.iter().map(Some).collect()
}

/// For each planned block of a set the one that makes it, where no other can be.
pub(super) fn in_any_order<'b>(planned: &[Attribute], blocks: &'b [Block]) -> Vec<Option<&'b Block>> {
    // A block makes one at the least.
    if let ([_], [block]) = (planned, blocks) {
        return vec![Some(block)];
    }
    if planned.len().saturating_mul(blocks.len()) > MOST {
        return vec![None; planned.len()];
    }
    let may: Vec<Vec<bool>> = planned
        .iter()
        .map(|planned| {
            let planned = planned.object();
            blocks.iter().map(|block| planned.is_none_or(|planned| may_make(block, planned))).collect()
        })
        .collect();
    // Where there are as many of each, every block makes one, and what is certain of some is not open for the others.
    let pairs = if planned.len() == blocks.len() { certain(&may) } else { lonely(&may) };
    let of = |place: usize| pairs.iter().find(|(planned, _)| *planned == place);
    (0..planned.len()).map(|place| of(place).and_then(|(_, block)| blocks.get(*block))).collect()
}

/// Whether the block at a place may make the planned one at another.
fn fits(may: &[Vec<bool>], planned: usize, block: usize) -> bool {
    may.get(planned).and_then(|row| row.get(block)).copied().unwrap_or_default()
}

/// The one place for which something holds, where there is one.
fn only(places: impl Iterator<Item = usize>) -> Option<usize> {
    let mut places = places;
    places.next().filter(|_| places.next().is_none())
}

/// Pairs that can be no others: neither may be of another pair.
fn lonely(may: &[Vec<bool>]) -> Vec<(usize, usize)> {
    let columns = may.first().map_or(0, Vec::len);
    let pair = |planned: usize| {
        let block = only((0..columns).filter(|block| fits(may, planned, *block)))?;
        only((0..may.len()).filter(|other| fits(may, *other, block))).map(|_| (planned, block))
    };
    (0..may.len()).filter_map(pair).collect()
}

/// Pairs that follow from every block making exactly one.
fn certain(may: &[Vec<bool>]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    loop {
        let planned: Vec<usize> =
            (0..may.len()).filter(|place| !pairs.iter().any(|(taken, _)| taken == place)).collect();
        let blocks: Vec<usize> =
            (0..may.len()).filter(|place| !pairs.iter().any(|(_, taken)| taken == place)).collect();
        let by_planned = planned.iter().find_map(|one| {
            only(blocks.iter().copied().filter(|block| fits(may, *one, *block))).map(|block| (*one, block))
        });
        let by_block = || {
            blocks.iter().find_map(|block| {
                only(planned.iter().copied().filter(|one| fits(may, *one, *block))).map(|one| (one, *block))
            })
        };
        match by_planned.or_else(by_block) {
            Some(pair) => pairs.push(pair),
            None => return pairs,
        }
    }
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
