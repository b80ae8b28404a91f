//! An organization, built in moto as its management account.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{OrganizationFeatureSet, PolicyType};

use crate::moto::{Emulators, Keys, configuration, new_account_id};

/// An organization.
#[derive(Debug)]
pub(crate) struct Organization {
    /// A session of the management account.
    pub(crate) keys: Keys,
    /// Its id.
    pub(crate) id: String,
    /// The id of its root.
    pub(crate) root: String,
    /// The management account.
    pub(crate) management_account: String,
    client: Client,
}

impl Organization {
    /// Makes an organization with all features.
    pub(crate) async fn create(emulators: &Emulators) -> Self {
        Self::with(emulators, OrganizationFeatureSet::All).await
    }

    /// Makes an organization with these features.
    pub(crate) async fn with(emulators: &Emulators, features: OrganizationFeatureSet) -> Self {
        let management_account = new_account_id();
        let keys = emulators.session_in(&management_account).await;
        let client = Client::new(&configuration(&emulators.moto, &keys));
        let created = client.create_organization().feature_set(features).send().await;
        created.expect("makes it");
        Self::of(&emulators.moto, keys, management_account).await
    }

    /// The organization that the keys' account manages.
    pub(crate) async fn of(url: &str, keys: Keys, management_account: String) -> Self {
        let client = Client::new(&configuration(url, &keys));
        let described = client.describe_organization().send().await.expect("describes it").organization;
        let id = described.and_then(|organization| organization.id).expect("has an id");
        let roots = client.list_roots().send().await.expect("lists it").roots.expect("has a root");
        let root = roots[0].id.clone().expect("has an id");
        Self { keys, id, root, management_account, client }
    }

    /// Makes use of a kind of policies.
    pub(crate) async fn enable(&self, kind: PolicyType) {
        let enable = self.client.enable_policy_type().root_id(&self.root).policy_type(kind);
        enable.send().await.expect("enables it");
    }

    /// Makes a unit.
    pub(crate) async fn unit(&self, name: &str, parent: &str) -> String {
        let create = self.client.create_organizational_unit().name(name).parent_id(parent);
        let unit = create.send().await.expect("makes it").organizational_unit.expect("is there");
        unit.id.expect("has an id")
    }

    /// Makes a member account, in the root or a unit.
    pub(crate) async fn member(&self, parent: &str) -> String {
        let create = self.client.create_account().account_name("member").email("member@example.com");
        let made = create.send().await.expect("makes it").create_account_status.expect("says so");
        let member = made.account_id.expect("has an id");
        if parent != self.root {
            let moved = self.client.move_account().account_id(&member);
            let moved = moved.source_parent_id(&self.root).destination_parent_id(parent);
            moved.send().await.expect("moves it");
        }
        member
    }

    /// Makes a policy and attaches it.
    pub(crate) async fn attach(&self, kind: &PolicyType, name: &str, content: &str, target: &str) -> String {
        let create = self.client.create_policy().name(name).description("").content(content);
        let made = create.r#type(kind.clone()).send().await.expect("makes it").policy.expect("is there");
        let id = made.policy_summary.and_then(|summary| summary.id).expect("has an id");
        self.attach_there(&id, target).await;
        id
    }

    /// Attaches a policy that is there.
    pub(crate) async fn attach_there(&self, policy: &str, target: &str) {
        let attach = self.client.attach_policy().policy_id(policy).target_id(target);
        attach.send().await.expect("attaches it");
    }

    /// Takes a policy away from where it is attached.
    pub(crate) async fn detach(&self, policy: &str, target: &str) {
        let detach = self.client.detach_policy().policy_id(policy).target_id(target);
        detach.send().await.expect("detaches it");
    }
}
