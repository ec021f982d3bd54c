//! Virtual clusters and replication between clusters (reference: cockroachdb-jobs 7).

use super::*;

impl Grammar {
    /// `VIRTUAL CLUSTER`, or its older word `TENANT`, if it comes next.
    pub(super) fn virtual_cluster_words(self, c: &mut Cursor) -> bool {
        self.has(Feature::VirtualClusters)
            && (c.eat_words(&["VIRTUAL", "CLUSTER"]) || c.eat("TENANT"))
    }

    /// After CREATE VIRTUAL CLUSTER.
    pub(super) fn create_virtual_cluster(self, c: &mut Cursor) -> Parsed<Statement> {
        let if_not_exists = self.if_not_exists(c);
        let name = c.name(Role::Tenant)?;
        let replication = match c.eat_words(&["FROM", "REPLICATION", "OF"]) {
            true => {
                let source = c.name(Role::Tenant)?;
                c.expect("ON")?;
                Some((source, self.text_arg(c)?))
            }
            false => None,
        };
        let options = match replication {
            Some(_) => self.free_options(c)?,
            None => Options::default(),
        };
        Ok(Statement::VirtualCluster(VirtualCluster {
            name,
            action: ClusterAction::Create {
                if_not_exists,
                replication,
                options,
            },
        }))
    }

    /// After ALTER VIRTUAL CLUSTER.
    pub(super) fn alter_virtual_cluster(self, c: &mut Cursor) -> Parsed<Statement> {
        let name = c.name(Role::Tenant)?;
        let action = match c.expect_any(&[
            "PAUSE", "RESUME", "COMPLETE", "START", "STOP", "SET", "RESET",
        ])? {
            "PAUSE" => {
                c.expect("REPLICATION")?;
                ClusterAction::PauseReplication
            }
            "RESUME" => {
                c.expect("REPLICATION")?;
                ClusterAction::ResumeReplication
            }
            "COMPLETE" => {
                c.expect_words(&["REPLICATION", "TO"])?;
                let to = match c.expect_any(&["LATEST", "SYSTEM"])? {
                    "SYSTEM" => {
                        c.expect("TIME")?;
                        Some(self.boxed_scalar(c)?)
                    }
                    _ => None,
                };
                ClusterAction::CompleteReplication { to }
            }
            word @ ("SET" | "RESET") => {
                c.expect_words(&["CLUSTER", "SETTING"])?;
                let name = self.setting_name(c)?;
                let value = if word == "RESET" {
                    None
                } else {
                    self.to_or_equals(c)?;
                    match c.eat("DEFAULT") {
                        true => None,
                        false => Some(Box::new(self.setting_value(c)?)),
                    }
                };
                ClusterAction::Setting { name, value }
            }
            "START" => {
                c.expect("SERVICE")?;
                ClusterAction::StartService(c.expect_any(&["SHARED", "EXTERNAL"])?)
            }
            _ => {
                c.expect("SERVICE")?;
                ClusterAction::StopService
            }
        };
        Ok(Statement::VirtualCluster(VirtualCluster { name, action }))
    }

    /// After DROP VIRTUAL CLUSTER.
    pub(super) fn drop_virtual_cluster(self, c: &mut Cursor) -> Parsed<Statement> {
        let if_exists = self.if_exists(c);
        let name = c.name(Role::Tenant)?;
        let immediate = c.eat("IMMEDIATE");
        Ok(Statement::VirtualCluster(VirtualCluster {
            name,
            action: ClusterAction::Drop {
                if_exists,
                immediate,
            },
        }))
    }

    /// After SHOW VIRTUAL CLUSTER.
    pub(super) fn show_virtual_cluster(self, c: &mut Cursor) -> Parsed<Show> {
        let name = c.name(Role::Tenant)?;
        let replication_status = c.eat("WITH");
        if replication_status {
            c.expect_words(&["REPLICATION", "STATUS"])?;
        }
        Ok(Show::VirtualClusters {
            name: Some(name),
            replication_status,
        })
    }

    /// After CREATE LOGICAL.
    pub(super) fn create_logical_replication(self, c: &mut Cursor) -> Parsed<Statement> {
        c.expect_words(&["REPLICATION", "STREAM", "FROM"])?;
        let from = self.tables_or_list(c)?;
        c.expect("ON")?;
        let on = self.text_arg(c)?;
        c.expect("INTO")?;
        let into = self.tables_or_list(c)?;
        let options = self.free_options(c)?;
        Ok(Statement::CreateLogicalReplication(Box::new(
            LogicalReplication {
                from,
                on,
                into,
                options,
            },
        )))
    }

    /// `TABLE a` or `TABLES (a, b)`
    fn tables_or_list(self, c: &mut Cursor) -> Parsed<Vec<Path>> {
        if c.expect_any(&["TABLE", "TABLES"])? == "TABLE" {
            return Ok(vec![c.path(Role::Table)?]);
        }
        c.expect_symbol("(")?;
        let tables = c.list(|c| c.path(Role::Table))?;
        c.expect_symbol(")")?;
        Ok(tables)
    }
}
