//! The accounts that policies name, and whether they are in the organization of the role's account.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::OrganizationReader;
use crate::evidence::aws::{Grant, NamedAccount, Role};
use crate::evidence::{Item, Missing};
use crate::target::arn::AccountId;

/// How many accounts are asked about; a policy that names more is not one for this purpose.
const MOST_ASKED: usize = 64;
const CALL: &str = "organizations:DescribeAccount";

/// Where accounts are named.
#[derive(Debug)]
pub(in crate::collect::aws) struct NamedIn {
    pub(in crate::collect::aws) role: Item<Role>,
    pub(in crate::collect::aws) key_policy: Item<String>,
    pub(in crate::collect::aws) key_grants: Item<Vec<Grant>>,
}

impl OrganizationReader<'_> {
    /// The accounts that are named, other than the known ones, with the organization of each where that is the one of
    /// the account given.
    pub(in crate::collect::aws) async fn named_accounts(
        &self,
        account: &AccountId,
        known: &[&AccountId],
        named: impl Future<Output = NamedIn>,
    ) -> Item<Vec<NamedAccount>> {
        let (organization, named) = tokio::join!(self.of_account(account), named);
        if let Item::Absent(absent) = organization {
            return Item::Absent(absent);
        }
        if let NamedIn {
            role: Item::Missing(missing),
            key_policy: Item::Missing(_),
            key_grants: Item::Missing(_),
        } = named
        {
            return Item::Missing(Missing { call: CALL.into(), ..missing });
        }
        let mut accounts = named.accounts();
        accounts.retain(|named| !known.contains(&named));
        let asked = accounts.into_iter().enumerate().map(|(place, named)| {
            let organization = &organization;
            async move {
                let organization = match organization {
                    Item::Collected(organization) if place < MOST_ASKED => {
                        self.member(&named, &organization.id).await
                    }
                    Item::Collected(_) => Item::Missing(Missing::not_asked(
                        CALL,
                        format!("more than {MOST_ASKED} accounts are named"),
                    )),
                    Item::Absent(absent) => Item::Absent(absent.clone()),
                    Item::Missing(missing) | Item::Partial { missing, .. } => Item::Missing(missing.clone()),
                };
                NamedAccount { account: named, organization }
            }
        });
        Item::Collected(join_all(asked).await)
    }
}

impl NamedIn {
    fn accounts(&self) -> BTreeSet<AccountId> {
        let trust = self.role.collected().map(|role| role.trust_policy.as_str());
        let policy = self.key_policy.collected().map(String::as_str);
        let grantees = self.key_grants.collected().into_iter().flatten().map(|grant| grant.grantee.as_str());
        trust.into_iter().chain(policy).chain(grantees).flat_map(named_in).collect()
    }
}

/// The numbers of twelve digits in a text, of no more and no less.
fn named_in(text: &str) -> impl Iterator<Item = AccountId> {
    text.split(|character: char| !character.is_ascii_digit()).filter_map(|digits| digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_whole_numbers_of_twelve_digits() {
        for (text, expected) in [
            ("", &[][..]),
            ("arn:aws:iam::111122223333:root", &["111122223333"]),
            (
                r#"{"AWS":["444455556666","arn:aws:iam::111122223333:role/x"]}"#,
                &["444455556666", "111122223333"],
            ),
            ("1111222233334 11112222333 １１１１２２２２３３３３", &[]),
            ("logs-111122223333-eu", &["111122223333"]),
        ] {
            let found: Vec<String> = named_in(text).map(|account| account.to_string()).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
