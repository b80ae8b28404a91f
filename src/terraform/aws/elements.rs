//! Lists of texts of which some elements are known only after apply: each is joined to the reference that makes it,
//! where there is no doubt which does.

use super::notes::Reference as Followed;
use super::reader::{Asked, Reader};
use crate::terraform::attribute::Attribute;
use crate::terraform::configuration::Expression;
use crate::terraform::instances::Instance;
use crate::terraform::join::{Joined, NotJoined};
use crate::terraform::planned::place;

/// A list, and where it stands.
pub(super) struct Elements<'r, 'a> {
    pub(super) reader: &'r Reader<'a>,
    pub(super) instance: &'a Instance,
    /// The attribute, with the blocks around it.
    pub(super) at: String,
    pub(super) asked: Asked,
    pub(super) depth: usize,
}

/// A reference to an attribute of one resource.
struct Reference<'a> {
    target: &'a Instance,
    attribute: String,
}

impl<'a> Elements<'_, 'a> {
    /// The texts of the list. So many elements as are not known yet are joined where exactly so many references to
    /// values that are not known yet stand for them, and where every value that is known already is in an element that
    /// is: whatever else was put together of them can't be told.
    pub(super) fn texts(
        &self,
        list: &[&Attribute],
        expression: Option<&Expression>,
    ) -> Result<Vec<String>, NotJoined> {
        let mut texts = Vec::new();
        let mut unknown = 0;
        for element in list {
            match element {
                Attribute::Text(text) => texts.push(text.clone()),
                Attribute::Unknown => unknown += 1,
                _ => return Err(self.not_joined("an element is no text")),
            }
        }
        if unknown == 0 {
            return Ok(texts);
        }
        let expression = expression
            .ok_or_else(|| self.not_joined("the configuration does not show what it is made of"))?;
        let joined = self.reader.planned.document.joined(self.instance, expression);
        let joined = joined.map_err(|why| self.not_joined(&format!("it is made of {}", why.0)))?;
        let references: Vec<Reference<'a>> =
            joined.iter().flat_map(|joined| self.references(joined)).collect();
        let (mut open, mut known): (Vec<&Reference<'a>>, Vec<&Attribute>) = (Vec::new(), Vec::new());
        for reference in &references {
            match reference.target.attribute(self.reader.side, &reference.attribute) {
                Some(value) if value.is_known() => known.push(value),
                _ => open.push(reference),
            }
        }
        let stands = |value: &&Attribute| {
            value
                .text()
                .is_some_and(|value| !value.is_empty() && texts.iter().any(|text| text.contains(value)))
        };
        let parts = joined.iter().filter(|joined| joined.is_known());
        let parts_stand = parts.into_iter().all(|part| {
            let text = part.text.as_deref().filter(|text| !text.is_empty());
            text.is_some_and(|value| texts.iter().any(|text| text.contains(value)))
        });
        if open.len() != unknown || !known.iter().all(stands) || !parts_stand {
            let written: Vec<String> = joined.iter().map(|one| format!("`{}`", one.written)).collect();
            return Err(self.not_joined(&format!(
                "{} known only after apply, and it is made of {}",
                if unknown == 1 {
                    "one of its elements is".into()
                } else {
                    format!("{unknown} of its elements are")
                },
                if written.is_empty() { "nothing that the plan shows".into() } else { written.join(" and ") }
            )));
        }
        for reference in open {
            let Reference { target, attribute } = reference;
            let value = self.reader.value(target, attribute, self.asked, self.depth);
            texts.push(value.map_err(|why| self.not_joined(&format!("it is made of {}", why.0)))?);
            self.reader.notes.join(Followed::new((self.instance, ""), (target, attribute)));
        }
        Ok(texts)
    }

    /// The attributes that a reference stands for, one of each resource.
    fn references(&self, joined: &Joined<'a>) -> Vec<Reference<'a>> {
        // Which attribute of all instances is meant, a reference to them does not show.
        if joined.attribute.is_empty() && !joined.keyed {
            return Vec::new();
        }
        let attribute = |kind| match joined.attribute.as_slice() {
            [] => self.asked.of(kind).to_owned(),
            steps => steps.iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
        };
        let each = joined.instances.iter();
        each.map(|target| Reference { target, attribute: attribute(target.kind) }).collect()
    }

    fn not_joined(&self, why: &str) -> NotJoined {
        NotJoined(format!("`{}`: {why}", place(self.instance, &self.at)))
    }
}
