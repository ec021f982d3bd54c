//! The row above the children of a backup started in sys (reference: oceanbase-backup 3.3).

use super::super::errors::code;
use super::super::model::Payload;
use super::super::{Cx, OceanBase, SYS};
use super::Duration;
use crate::cluster::{JobIx, NodeIx};

impl OceanBase {
    pub(super) fn look_at_parent(&mut self, cx: &mut Cx, node: NodeIx, job: JobIx) -> bool {
        let now = cx.now();
        let who = "backup service of sys";
        let Some(Payload::Parent(parent)) = self.payload(job) else {
            return false;
        };
        let children = parent.children.clone();
        let status = cx.cluster.job(job).map_or("", |j| j.status);
        if status == "INIT" {
            let _ = cx.cluster.advance_job(now, job, "start", who);
            self.note(cx, job, "waits until every tenant's job has ended");
            return false;
        }
        let left = children
            .iter()
            .filter(|&&c| cx.cluster.job(c).is_some_and(|c| !c.is_terminal()))
            .count();
        if left > 0 {
            if status == "CANCELING" {
                let text = format!("waits for {left} tenants' jobs to be canceled");
                self.note(cx, job, text);
            }
            return false;
        }
        // The first child that did not succeed decides.
        let result = children
            .iter()
            .filter_map(|&c| match self.payload(c) {
                Some(Payload::Backup(b)) => Some(b.common.result),
                _ => None,
            })
            .find(|r| *r != 0)
            .unwrap_or(0);
        let (event, result) = match (status, result) {
            ("CANCELING", _) => ("stopped", code::CANCELED),
            (_, 0) => ("finish", 0),
            (_, r) => ("fail", r),
        };
        let Ok(status) = cx.cluster.advance_job(now, job, event, who) else {
            return false;
        };
        if let Some(Payload::Parent(p)) = self.payload_mut(job) {
            p.common.result = result;
        }
        let why = match status {
            "FAILED" => "a tenant's job was canceled or failed, so the cluster's row is FAILED",
            "CANCELED" => "every tenant's job has ended",
            _ => "every tenant's job is COMPLETED",
        };
        self.note(cx, job, why);
        let text = format!("{} is {status}: {why}", self.job_name(cx, job));
        cx.cluster.tell(now, Some(job), Some(node), &text);
        false
    }

    /// A child has ended: sys is told.
    pub(super) fn child_ended(&mut self, cx: &mut Cx, child: JobIx) {
        if cx.cluster.job(child).is_some_and(|j| j.parent.is_some()) {
            let delay = Duration(self.streams.polls.between(100_000, 200_000));
            self.schedule(cx, SYS, delay, false);
        }
    }
}
