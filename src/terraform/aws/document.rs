//! Policy documents: known, or rebuilt from the statements of an `aws_iam_policy_document` that Terraform reads only
//! during the apply, as the provider renders it (documentation of the AWS provider, `aws_iam_policy_document`).

use super::elements::Elements;
use super::reader::{Asked, Reader};
use crate::evidence::Item;
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::configuration::{Block, Expression};
use crate::terraform::instances::Instance;
use crate::terraform::join::NotJoined;
use crate::terraform::planned::place;

mod matched;
mod merged;
mod rendered;

use merged::Merged;

/// The version of a document that names none.
const VERSION: &str = "2012-10-17";

/// The longest policy that AWS takes is a key's, of 32 KB (KMS Developer Guide, "Quotas"); this many bytes are none.
const LONGEST: usize = 128 * 1024;

impl<'a> Reader<'a> {
    /// The policy document in an attribute.
    pub(super) fn document(&self, instance: &'a Instance, attribute: &str) -> Item<String> {
        match self.text(instance, attribute, Asked::Document) {
            Ok(Some(text)) => Item::Collected(text),
            Ok(None) => Item::Missing(super::reader::not_shown(instance, attribute)),
            Err(missing) => Item::Missing(missing),
        }
    }

    /// A document as the provider will render it. Each is made once, however many refer to it.
    pub(super) fn rebuilt(&self, data: &'a Instance, depth: usize) -> Result<String, NotJoined> {
        if let Some(known) = self.notes.rebuilt(&data.address) {
            return known;
        }
        let rebuilt = self.made_document(data, depth);
        self.notes.keep_rebuilt(&data.address, rebuilt.clone());
        rebuilt
    }

    fn made_document(&self, data: &'a Instance, depth: usize) -> Result<String, NotJoined> {
        let written = Written { reader: self, data, depth };
        let version = written.version()?;
        let own = written.own(&version)?;
        let mut merged = Merged::default();
        // The order is the provider's: what is older is overridden by what comes later.
        for text in written.others("source_json")?.iter().chain(&written.others("source_policy_documents")?) {
            merged.source(text).map_err(|why| written.not_joined("source_policy_documents", &why))?;
        }
        merged.merge(own);
        let [older, newer] = [written.others("override_json")?, written.others("override_policy_documents")?];
        if !older.is_empty() && !newer.is_empty() {
            return Err(
                written.not_joined("override_json", "its order among the overriding documents is not known")
            );
        }
        let overriding = [older, newer].concat();
        for text in &overriding {
            merged.over(text).map_err(|why| written.not_joined("override_policy_documents", &why))?;
        }
        let text = merged.text().filter(|text| text.len() <= LONGEST);
        text.ok_or_else(|| written.not_joined("statement", "it would be longer than any policy may be"))
    }
}

/// A document as it is written in the plan.
struct Written<'r, 'a> {
    reader: &'r Reader<'a>,
    data: &'a Instance,
    depth: usize,
}

impl<'a> Written<'_, 'a> {
    fn not_joined(&self, attribute: &str, why: &str) -> NotJoined {
        NotJoined(format!("`{}`: {why}", place(self.data, attribute)))
    }

    fn attribute(&self, name: &str) -> &'a Attribute {
        self.data.attribute(self.reader.side, name).unwrap_or(&Attribute::Null)
    }

    fn expression(&self, name: &str) -> Option<&'a Expression> {
        self.reader.planned.document.configured(self.data)?.expressions.get(name)
    }

    /// The document's version, which has a default.
    fn version(&self) -> Result<String, NotJoined> {
        match self.attribute("version") {
            Attribute::Text(version) => Ok(version.clone()),
            Attribute::Null => Ok(VERSION.into()),
            Attribute::Unknown if self.reader.is_left_out(self.data, "version") => Ok(VERSION.into()),
            _ => Err(self.not_joined("version", "it is not known")),
        }
    }

    /// The document's own statements.
    fn own(&self, version: &str) -> Result<merged::Document, NotJoined> {
        let statements: &[Attribute] = match self.attribute("statement") {
            Attribute::Null => &[],
            Attribute::List(statements) => statements,
            _ => return Err(self.not_joined("statement", "its blocks are not known")),
        };
        let blocks: &[Block] = match self.expression("statement") {
            Some(Expression::Blocks(blocks)) => blocks,
            _ => &[],
        };
        let matched = matched::in_order(statements, blocks);
        let mut own = merged::Document { version: version.to_owned(), ..merged::Document::default() };
        for (number, (planned, block)) in statements.iter().zip(matched).enumerate() {
            let at = format!("statement[{number}]");
            let object = planned.object().ok_or_else(|| self.not_joined(&at, "it is not known"))?;
            own.statements.push(self.statement(&at, object, block, version)?);
        }
        own.check_sids().map_err(|why| self.not_joined("statement", &why))?;
        if let Attribute::Text(id) = self.attribute("policy_id") {
            own.id = Some(id.clone());
        }
        Ok(own)
    }

    /// Other documents that are merged into this one.
    fn others(&self, attribute: &str) -> Result<Vec<String>, NotJoined> {
        let written = self.attribute(attribute);
        let list = match written {
            Attribute::Null => return Ok(Vec::new()),
            Attribute::Text(text) if text.is_empty() => return Ok(Vec::new()),
            Attribute::Unknown if self.reader.is_left_out(self.data, attribute) => return Ok(Vec::new()),
            Attribute::Text(_) | Attribute::Unknown if attribute.ends_with("_json") => {
                std::slice::from_ref(written)
            }
            Attribute::List(list) => list,
            _ => return Err(self.not_joined(attribute, "its documents are not known")),
        };
        // An empty one is left out.
        let list: Vec<&Attribute> = list.iter().filter(|one| **one != Attribute::Null).collect();
        let unknown = list.iter().filter(|one| **one == &Attribute::Unknown).count();
        if unknown > 1 && attribute.starts_with("override") {
            return Err(self.not_joined(attribute, "the order of its documents is not known"));
        }
        let listed = Elements {
            reader: self.reader,
            instance: self.data,
            at: attribute.to_owned(),
            asked: Asked::Document,
            depth: self.depth,
        };
        listed.texts(&list, self.expression(attribute))
    }

    fn statement(
        &self,
        at: &str,
        statement: &Object,
        block: Option<&Block>,
        version: &str,
    ) -> Result<rendered::Statement, NotJoined> {
        let text = |name: &str| match statement.get(name) {
            None | Some(Attribute::Null) => Ok(None),
            Some(Attribute::Text(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.not_joined(&format!("{at}.{name}"), "it is not known")),
        };
        let list = |name: &str| self.list(&format!("{at}.{name}"), statement.get(name), block, name);
        let escaped = |values: Vec<String>| {
            rendered::unescaped(values, version).map_err(|why| self.not_joined(at, &why))
        };
        let principals = |name: &str| self.principals(at, name, statement, block, &escaped);
        Ok(rendered::Statement {
            sid: text("sid")?,
            effect: text("effect")?.unwrap_or_else(|| "Allow".into()),
            action: list("actions")?,
            not_action: list("not_actions")?,
            resource: escaped(list("resources")?)?,
            not_resource: escaped(list("not_resources")?)?,
            principal: principals("principals")?,
            not_principal: principals("not_principals")?,
            condition: self.conditions(at, statement, block, &escaped)?,
        })
    }

    /// A list of texts in a block.
    fn list(
        &self,
        at: &str,
        written: Option<&Attribute>,
        block: Option<&Block>,
        name: &str,
    ) -> Result<Vec<String>, NotJoined> {
        let list = match written {
            // Who is meant and which values hold are always written.
            None | Some(Attribute::Null) if !matches!(name, "identifiers" | "values") => {
                return Ok(Vec::new());
            }
            Some(Attribute::List(list)) => list,
            _ => return Err(self.not_joined(at, "it is not known")),
        };
        let list: Vec<&Attribute> = list.iter().collect();
        let listed = Elements {
            reader: self.reader,
            instance: self.data,
            at: at.to_owned(),
            asked: Asked::Arn,
            depth: self.depth,
        };
        listed.texts(&list, block.and_then(|block| block.get(name)))
    }

    /// Blocks in a statement, each with the one of the configuration that makes it.
    fn blocks<'b>(
        &self,
        at: &str,
        name: &str,
        statement: &'b Object,
        block: Option<&'b Block>,
    ) -> Result<Vec<(&'b Object, Option<&'b Block>)>, NotJoined> {
        let planned: &[Attribute] = match statement.get(name) {
            None | Some(Attribute::Null) => &[],
            Some(Attribute::List(planned)) => planned,
            Some(_) => return Err(self.not_joined(&format!("{at}.{name}"), "its blocks are not known")),
        };
        let written: &[Block] = match block.and_then(|block| block.get(name)) {
            Some(Expression::Blocks(blocks)) => blocks,
            _ => &[],
        };
        let matched = matched::in_any_order(planned, written);
        let each = planned.iter().zip(matched).map(|(planned, block)| {
            let object = planned.object();
            let object =
                object.ok_or_else(|| self.not_joined(&format!("{at}.{name}"), "a block is not known"))?;
            Ok((object, block))
        });
        each.collect()
    }

    fn principals(
        &self,
        at: &str,
        name: &str,
        statement: &Object,
        block: Option<&Block>,
        escaped: &impl Fn(Vec<String>) -> Result<Vec<String>, NotJoined>,
    ) -> Result<rendered::Principals, NotJoined> {
        let mut principals = rendered::Principals::default();
        for (planned, block) in self.blocks(at, name, statement, block)? {
            let at = format!("{at}.{name}.identifiers");
            let Some(kind) = planned.get("type").and_then(Attribute::text) else {
                return Err(self.not_joined(&at, "the type is not known"));
            };
            let identifiers = self.list(&at, planned.get("identifiers"), block, "identifiers")?;
            principals.add(kind, escaped(identifiers)?);
        }
        Ok(principals)
    }

    fn conditions(
        &self,
        at: &str,
        statement: &Object,
        block: Option<&Block>,
        escaped: &impl Fn(Vec<String>) -> Result<Vec<String>, NotJoined>,
    ) -> Result<rendered::Conditions, NotJoined> {
        let mut conditions = rendered::Conditions::default();
        for (planned, block) in self.blocks(at, "condition", statement, block)? {
            let at = format!("{at}.condition.values");
            let text = |name: &str| planned.get(name).and_then(Attribute::text);
            let (Some(test), Some(variable)) = (text("test"), text("variable")) else {
                return Err(self.not_joined(&at, "what it tests is not known"));
            };
            let values = self.list(&at, planned.get("values"), block, "values")?;
            conditions.add(test, variable, escaped(values)?);
        }
        Ok(conditions)
    }
}
