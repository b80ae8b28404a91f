//! What is found out once for all registrations of a plan: what references will be, and which resource has which ARN.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use super::notes::{Notes, Reference};
use super::reader::{Asked, KEYS, Reader};
use crate::evidence::Missing;
use crate::target::arn::Arn;
use crate::terraform::instances::Instance;
use crate::terraform::join::NotJoined;
use crate::terraform::planned::Side;
use crate::terraform::traversal::Traversal;

/// What was found out so far.
#[derive(Debug, Default)]
pub(super) struct Cached {
    joined: RefCell<BTreeMap<(Traversal, String, Asked), Joined>>,
    arns: OnceCell<Arns>,
}

/// What an attribute will be, and the references that were followed.
#[derive(Debug, Clone)]
struct Joined {
    value: Result<String, NotJoined>,
    references: Vec<Reference>,
}

/// The resources by their ARNs, as they are before and after the change.
#[derive(Debug, Default)]
struct Arns {
    before: BTreeMap<String, Traversal>,
    after: BTreeMap<String, Traversal>,
}

impl<'a> Reader<'a> {
    /// What an attribute will be that is known only after apply, found out once.
    pub(super) fn once(
        &self,
        instance: &'a Instance,
        attribute: &str,
        asked: Asked,
        find: impl FnOnce(&Reader<'_>) -> Result<String, NotJoined>,
    ) -> Result<String, NotJoined> {
        let key = (instance.address.clone(), attribute.to_owned(), asked);
        let known = self.cached.joined.borrow().get(&key).cloned();
        let joined = known.unwrap_or_else(|| {
            let notes = Notes::default();
            let value = find(&Reader { notes: &notes, ..*self });
            let joined = Joined { value, references: notes.references() };
            self.cached.joined.borrow_mut().insert(key, joined.clone());
            joined
        });
        for reference in joined.references {
            self.notes.join(reference);
        }
        joined.value
    }

    /// The resource or data source that has an ARN on a side of the change.
    pub(super) fn with_arn(&self, side: Side, arn: &str) -> Option<&'a Instance> {
        if self.cached.arns.get().is_none() {
            // Set already only by whoever found out the same.
            let _ = self.cached.arns.set(self.arns());
        }
        let arns = self.cached.arns.get()?;
        let of_side = if side == Side::After { &arns.after } else { &arns.before };
        self.planned.document.instances.get(of_side.get(arn)?)
    }

    /// The resource or data source that has an ARN on this side of the change, or else on the other.
    pub(super) fn with_arn_on_either(&self, arn: &Arn) -> Option<&'a Instance> {
        let arn = arn.to_string();
        self.with_arn(self.side, &arn).or_else(|| self.with_arn(self.side.other(), &arn))
    }

    fn arns(&self) -> Arns {
        let notes = Notes::default();
        let mut arns = Arns::default();
        let resources = ["aws_iam_role", "aws_iam_policy", "aws_kms_alias"].iter().chain(KEYS);
        let data = ["data.aws_iam_role", "data.aws_iam_policy", "data.aws_kms_key", "data.aws_kms_alias"];
        for kind in resources.chain(&data) {
            for instance in self.of_kind(kind) {
                for side in [Side::Before, Side::After] {
                    let reader = Reader { notes: &notes, side, ..*self };
                    if !instance.is_there(side) {
                        continue;
                    }
                    let of_side = if side == Side::After { &mut arns.after } else { &mut arns.before };
                    if let Ok(arn) = reader.arn_of(instance) {
                        of_side.entry(arn.to_string()).or_insert_with(|| instance.address.clone());
                    }
                }
            }
        }
        arns
    }

    /// The ARN of a resource or data source, on this side of the change.
    pub(super) fn arn_of(&self, instance: &'a Instance) -> Result<Arn, Missing> {
        match (instance.kind.data, instance.kind.name) {
            (true, _) => self.read_arn(instance),
            (false, "aws_iam_role") => self.role_arn(instance),
            (false, "aws_iam_policy") => self.policy_arn(instance),
            (false, "aws_kms_alias") => self.alias_arn(instance),
            (false, _) => self.key_arn(instance, 4),
        }
    }
}
