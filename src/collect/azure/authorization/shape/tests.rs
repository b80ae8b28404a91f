use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

const SUBSCRIPTION: &str = "/subscriptions/a925f2f7-5c63-4b7b-8799-25a5f97bc3b2";
const ROLE: &str = "/providers/Microsoft.Authorization/roleDefinitions/0b5fe924-9a61-425c-96af-cfe6e287ca2d";

fn read<T: DeserializeOwned>(shown: Value) -> Result<T, String> {
    serde_json::from_value(shown).map_err(|error| error.to_string())
}

/// Authorization REST API, Role Assignments - Get, example.
fn assignment() -> Value {
    json!({
        "properties": {
            "roleDefinitionId": ROLE,
            "principalId": "ce2ce14e-85d7-4629-bdbc-454d0519d987",
            "principalType": "User",
            "scope": SUBSCRIPTION
        },
        "id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/b0f43c54-e787-4862-89b1-a653fa9cf747"),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": "b0f43c54-e787-4862-89b1-a653fa9cf747"
    })
}

/// RBAC role-definitions-list, "List all role definitions", shortened.
fn definition() -> Value {
    json!({
        "properties": {
            "roleName": "Billing Reader Plus",
            "type": "CustomRole",
            "description": "Read billing data and download invoices",
            "assignableScopes": ["/subscriptions/473a4f86-11e3-48cb-9358-e13c220a2f15"],
            "permissions": [{
                "actions": ["Microsoft.CostManagement/exports/*"],
                "notActions": ["Microsoft.CostManagement/exports/delete"],
                "dataActions": [],
                "notDataActions": []
            }],
            "createdOn": "2021-05-22T21:57:23.5764138Z"
        },
        "id": format!("{SUBSCRIPTION}{ROLE}"),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": "0b5fe924-9a61-425c-96af-cfe6e287ca2d"
    })
}

/// RBAC deny-assignments, "Deny assignment properties"; Authorization REST API, Deny Assignments - Get, example.
fn denial() -> Value {
    json!({
        "properties": {
            "denyAssignmentName": "Deny assignment name",
            "permissions": [{"actions": [], "notActions": [], "dataActions": ["*"], "notDataActions": null}],
            "scope": SUBSCRIPTION,
            "doNotApplyToChildScopes": false,
            "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
            "excludePrincipals": [{"id": "ce2ce14e-85d7-4629-bdbc-454d0519d987", "type": "ServicePrincipal"}],
            "isSystemProtected": true
        },
        "id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/denyAssignments/5b8d6f0c-1c1f-4b5e-a9b5-0f0e9a1f6a3b"),
        "type": "Microsoft.Authorization/denyAssignments",
        "name": "5b8d6f0c-1c1f-4b5e-a9b5-0f0e9a1f6a3b"
    })
}

#[test]
fn an_assignment_is_read_as_it_is_shown() {
    let read_one = |shown| read::<Assignment>(shown).map(Assignment::evidence);
    let seen = read_one(assignment()).unwrap();
    assert_eq!(seen.role_definition_id.as_str(), ROLE);
    assert_eq!((seen.scope.as_str(), seen.condition), (SUBSCRIPTION, None));

    let mut conditional = assignment();
    for (condition, seen) in
        [(json!("@Resource[x] StringEquals 'y'"), true), (json!(" "), false), (Value::Null, false)]
    {
        conditional["properties"]["condition"] = condition;
        assert_eq!(read_one(conditional.clone()).unwrap().condition.is_some(), seen);
    }
    for field in ["roleDefinitionId", "principalId", "scope"] {
        let mut lacking = assignment();
        lacking["properties"][field] = Value::Null;
        assert!(read_one(lacking).is_err(), "{field}");
    }
}

#[test]
fn a_definition_is_read_as_it_is_shown() {
    let read_one = |shown| read::<Definition>(shown)?.evidence(&ROLE.parse().unwrap());
    let seen = read_one(definition()).unwrap();
    assert_eq!((seen.name.as_str(), seen.kind.as_str()), ("Billing Reader Plus", "CustomRole"));
    let permission = seen.permissions.first().unwrap();
    assert_eq!(permission.not_actions, ["Microsoft.CostManagement/exports/delete"]);
    assert!(permission.data_actions.is_empty());

    let mut another = definition();
    another["id"] =
        json!("/providers/Microsoft.Authorization/roleDefinitions/0b5fe924-9a61-425c-96af-cfe6e287ca2e");
    assert_eq!(read_one(another), Err("the answer is about another role".into()));
}

#[test]
fn a_list_of_actions_that_is_left_out_is_not_taken_for_empty() {
    for list in ["actions", "notActions", "dataActions", "notDataActions"] {
        let mut shown = definition();
        let permission = &mut shown["properties"]["permissions"][0];
        permission[list] = Value::Null;
        assert!(read::<Definition>(shown.clone()).is_ok(), "{list}");
        shown["properties"]["permissions"][0].as_object_mut().unwrap().remove(list);
        let error = read::<Definition>(shown).unwrap_err();
        assert!(error.contains(&format!("missing field `{list}`")), "{error}");
    }
}

#[test]
fn a_denial_is_read_as_it_is_shown() {
    let read_one = |shown| read::<Denial>(shown)?.evidence();
    let seen = read_one(denial()).unwrap();
    assert_eq!(seen.principals.first().map(|principal| principal.id), Some(ObjectId::EVERYONE));
    assert_eq!(seen.exclude_principals.len(), 1);
    assert_eq!(seen.permissions.first().unwrap().data_actions, ["*"]);
    assert!(!seen.not_below);
}

/// What is not known is taken for what refuses more.
#[test]
fn a_denial_that_says_little_reaches_far() {
    let mut little = denial();
    let properties = little["properties"].as_object_mut().unwrap();
    for field in ["doNotApplyToChildScopes", "excludePrincipals", "denyAssignmentName"] {
        properties.remove(field);
    }
    let seen = read::<Denial>(little).unwrap().evidence().unwrap();
    assert_eq!((seen.not_below, seen.exclude_principals.len(), seen.name.as_str()), (false, 0, ""));

    let mut nobody = denial();
    nobody["properties"]["principals"] = json!([]);
    assert!(read::<Denial>(nobody).unwrap().evidence().is_err());
}
