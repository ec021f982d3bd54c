//! How the cluster changes: jobs step through their machines, work starts, shares, ends and stops.

use super::store::Users;
use super::work::Demand;
use super::*;
use crate::base::{Map, Set, Time};

impl Cluster {
    pub fn new(seed: u64, epoch_us: i64) -> Cluster {
        Cluster {
            seed,
            epoch_us,
            nodes: Rows::default(),
            network: Network::new(seed),
            tenants: Rows::default(),
            users: Rows::default(),
            tables: Rows::default(),
            ranges: Rows::default(),
            dests: Rows::default(),
            files: Rows::default(),
            artefacts: Rows::default(),
            jobs: Packed::default(),
            steps: Packed::default(),
            works: Rows::default(),
            story: Vec::new(),
            packets: Vec::new(),
            changes: 0,
            dirty_nodes: Set::new(),
            dirty_dests: Set::new(),
            announced: Map::new(),
            pending: Vec::new(),
        }
    }

    /// Adds one sentence to the story.
    pub fn tell(&mut self, at: Time, job: Option<JobIx>, node: Option<NodeIx>, text: &str) {
        self.changes += 1;
        self.story.push(Rc::new(Happening {
            at,
            job,
            node,
            text: Rc::from(text),
        }));
        if self.story.len() > STORY_LEN + STORY_LEN / 4 {
            self.story.drain(..STORY_LEN / 4);
        }
    }

    // ---- files ----

    /// Puts a file down at its destination. One of size 0 bytes held and state `Writing` is only
    /// planned: it lies there from the moment its unit begins, so that what a stopped phase never
    /// reached was never there.
    pub fn add_file(&mut self, mut file: File) -> FileIx {
        if file.state == FileState::Writing && file.unit.is_none() {
            file.deleted = Some(file.created);
        }
        FileIx(self.files.push(file) as u32)
    }

    /// Shows a message on its way; arrived ones are forgotten.
    pub fn show_packet(&mut self, packet: Packet) {
        // Kept a while after their arrival: a picture looks ten times a second, and a message
        // takes less than a millisecond.
        let old = packet.sent.0.saturating_sub(1_000_000);
        self.packets.retain(|p| p.arrives.0 > old);
        if self.packets.len() >= 64 {
            self.packets.remove(0);
        }
        self.packets.push(packet);
    }

    // ---- jobs ----

    /// Adds a job record. Its history begins with the status it is created in.
    pub fn add_job(&mut self, mut job: Job, who: &str) -> JobIx {
        // Mostly of the same user as the job before: one copy of the name is enough.
        let last = self.jobs.len().checked_sub(1);
        if let Some(last) = last.and_then(|i| self.jobs.get(i))
            && last.owner == job.owner
        {
            job.owner = last.owner.clone();
        }
        job.since = job.created;
        job.step = self.write_step(
            None,
            Transition {
                at: job.created,
                status: job.status,
                who: Rc::from(who),
            },
        );
        self.changes += 1;
        JobIx(self.jobs.push(job) as u32)
    }

    fn write_step(&mut self, before: Option<u32>, made: Transition) -> Option<u32> {
        Some(self.steps.push(Step { made, before }) as u32)
    }

    /// Makes the move that the job's machine has for `event` in its present status, and writes it
    /// into the history. `Err` holds the status in which the machine knows no such event; nothing changed.
    pub fn advance_job(
        &mut self,
        now: Time,
        ix: JobIx,
        event: &str,
        who: &str,
    ) -> Result<&'static str, &'static str> {
        self.advance_job_by(now, ix, event, &Rc::from(who))
    }

    /// The same for many jobs that one statement moves: the name of who does it is shared.
    pub fn advance_job_by(
        &mut self,
        now: Time,
        ix: JobIx,
        event: &str,
        who: &Rc<str>,
    ) -> Result<&'static str, &'static str> {
        let job = self.jobs.get_mut(ix.0 as usize).ok_or("")?;
        let step = job.machine.find(job.status, event).ok_or(job.status)?;
        if step.to != step.from {
            job.status = step.to;
            job.since = now;
            if job.machine.is_terminal(step.to) {
                job.finished = Some(now);
            }
            let made = Transition {
                at: now,
                status: step.to,
                who: who.clone(),
            };
            let before = job.step.replace(self.steps.len() as u32);
            self.write_step(before, made);
            self.changes += 1;
        }
        Ok(step.to)
    }

    // ---- work ----

    /// Starts a phase of a job: its units are queued on their nodes and run `per_node` at a time.
    /// A work without units is done at once; the caller sees that in its state.
    pub fn start_work(&mut self, now: Time, phase: Phase, orders: &[Order]) -> WorkIx {
        let units: Vec<Unit> = orders
            .iter()
            .map(|o| Unit {
                node: o.node,
                amount: o.amount.max(1),
                settled: 0,
                since: now,
                rate: 0,
                state: UnitState::Queued,
                effect: o.effect,
                generation: 0,
            })
            .collect();
        let empty = units.is_empty();
        let Phase {
            job,
            label,
            direction,
            per_node,
            unit_rate,
        } = phase;
        let work = Work {
            job,
            label,
            direction,
            units,
            per_node: per_node.max(1),
            unit_rate: unit_rate.max(1),
            state: if empty {
                WorkState::Done
            } else {
                WorkState::Running
            },
            started: now,
            ended: empty.then_some(now),
        };
        let ix = WorkIx(self.works.push(work) as u32);
        if let Some(job) = self.job_mut(job) {
            job.work = job.work.iter().copied().chain([ix]).collect();
        }
        self.changes += 1;
        self.fill_slots(now, ix);
        ix
    }

    /// Starts queued units of a work where its nodes have room for them.
    pub fn fill_slots(&mut self, now: Time, ix: WorkIx) {
        let Some(work) = self.work(ix) else { return };
        if work.state != WorkState::Running {
            return;
        }
        let mut busy = vec![0u32; self.nodes.len()];
        for unit in work.units.iter().filter(|u| u.state == UnitState::Running) {
            if let Some(n) = busy.get_mut(usize::from(unit.node.0)) {
                *n += 1;
            }
        }
        let mut start = Vec::new();
        for (i, unit) in work.units.iter().enumerate() {
            if unit.state != UnitState::Queued || !self.node(unit.node).is_some_and(|n| n.alive) {
                continue;
            }
            let Some(n) = busy.get_mut(usize::from(unit.node.0)) else {
                continue;
            };
            if *n < work.per_node {
                *n += 1;
                start.push(UnitRef {
                    work: ix,
                    unit: i as u32,
                });
            }
        }
        if start.is_empty() {
            return;
        }
        for &at in &start {
            self.begin_unit(now, at);
        }
        self.reshare_around(&start);
    }

    fn begin_unit(&mut self, now: Time, at: UnitRef) {
        let Some(work) = self.works.get_mut(at.work.0 as usize) else {
            return;
        };
        let job = work.job;
        let Some(unit) = work.units.get_mut(at.unit as usize) else {
            return;
        };
        unit.state = UnitState::Running;
        unit.since = now;
        let (node, effect) = (unit.node, unit.effect);
        if let Some(node) = self.node_mut(node) {
            node.running.push(at);
        }
        if let Some(users) = self.users(at) {
            let n = usize::from(node.0);
            users.on.resize(users.on.len().max(n + 1), 0);
            if let Some(count) = users.on.get_mut(n) {
                *count += 1;
            }
            users.all += 1;
        }
        match effect {
            Effect::Fill { range, .. } | Effect::Clear { range } => {
                if let Some(r) = self.range_mut(range) {
                    r.unit = Some(at);
                }
            }
            Effect::Export { file, .. } | Effect::Write { file } => {
                if let Some(f) = self.file_mut(file) {
                    // A planned file lies at its destination from now on.
                    if f.deleted.take().is_some() {
                        f.created = now;
                    }
                    f.unit = Some(at);
                    f.state = FileState::Writing;
                    f.job = f.job.or(Some(job));
                }
            }
            Effect::Remove { file } => {
                if let Some(f) = self.file_mut(file) {
                    f.unit = Some(at);
                    f.state = FileState::Deleting;
                }
            }
            Effect::Tag { file } => {
                if let Some(f) = self.file_mut(file) {
                    f.unit = Some(at);
                }
            }
            Effect::None => {}
        }
    }

    /// The users of the destination that a unit uses.
    fn users(&mut self, at: UnitRef) -> Option<&mut Users> {
        let dest = demand(self, self.unit(at)?).dest?;
        Some(&mut self.dests.get_mut(usize::from(dest.0))?.users)
    }

    /// Ends a running unit, done or not, and writes what it has moved into range or file.
    fn end_unit(&mut self, now: Time, at: UnitRef, state: UnitState) {
        let Some(unit) = self.unit(at) else { return };
        let effect = unit.effect;
        let range_held = effect.range().map(|r| self.range_held(r, now));
        let file_held = effect.file().map(|f| self.file_held(f, now));
        let Some(work) = self.works.get_mut(at.work.0 as usize) else {
            return;
        };
        let Some(unit) = work.units.get_mut(at.unit as usize) else {
            return;
        };
        unit.settled = unit.done(now);
        unit.since = now;
        unit.rate = 0;
        unit.state = state;
        unit.generation += 1;
        let (node, whole) = (unit.node, unit.settled >= unit.amount);
        let mut ran = false;
        if let Some(node) = self.node_mut(node) {
            let before = node.running.len();
            node.running.retain(|&r| r != at);
            ran = node.running.len() < before;
        }
        if ran && let Some(users) = self.users(at) {
            users.all = users.all.saturating_sub(1);
            if let Some(count) = users.on.get_mut(usize::from(node.0)) {
                *count = count.saturating_sub(1);
            }
        }
        match effect {
            Effect::Fill { range, .. } | Effect::Clear { range } => {
                if let Some(r) = self.range_mut(range) {
                    r.held = range_held.unwrap_or(r.held);
                    r.unit = None;
                }
            }
            Effect::Export { file, .. } | Effect::Write { file } => {
                if let Some(f) = self.file_mut(file) {
                    f.held = file_held.unwrap_or(f.held);
                    f.unit = None;
                    f.state = if whole {
                        FileState::Complete
                    } else {
                        FileState::Incomplete
                    };
                }
            }
            Effect::Remove { file } => {
                if let Some(f) = self.file_mut(file) {
                    f.held = file_held.unwrap_or(f.held);
                    f.unit = None;
                    if whole {
                        f.deleted = Some(now);
                    }
                }
            }
            Effect::Tag { file } => {
                if let Some(f) = self.file_mut(file) {
                    f.unit = None;
                    if whole {
                        let whole = f.state == FileState::Complete;
                        f.state = FileState::Tagged { whole };
                    }
                }
            }
            Effect::None => {}
        }
        self.changes += 1;
    }

    /// A unit's announced end has come. `None`: the announcement was overtaken. Otherwise the
    /// work, and whether that was its last unit (its state is then Done).
    pub fn unit_ended(
        &mut self,
        now: Time,
        at: UnitRef,
        generation: u32,
    ) -> Option<(WorkIx, bool)> {
        let unit = self.unit(at)?;
        if unit.generation != generation || unit.state != UnitState::Running {
            return None;
        }
        self.end_unit(now, at, UnitState::Done);
        self.fill_slots(now, at.work);
        self.reshare_around(&[at]);
        let work = self.works.get_mut(at.work.0 as usize)?;
        let last = work.state == WorkState::Running
            && work.units.iter().all(|u| u.state == UnitState::Done);
        if last {
            work.state = WorkState::Done;
            work.ended = Some(now);
        }
        Some((at.work, last))
    }

    /// Stops a work where it stands: nothing of it runs on, what it has moved stays moved.
    pub fn stop_work(&mut self, now: Time, ix: WorkIx) {
        let Some(work) = self.works.get_mut(ix.0 as usize) else {
            return;
        };
        if work.state != WorkState::Running {
            return;
        }
        work.state = WorkState::Stopped;
        work.ended = Some(now);
        let mut running = Vec::new();
        for (i, unit) in work.units.iter_mut().enumerate() {
            match unit.state {
                UnitState::Running => running.push(UnitRef {
                    work: ix,
                    unit: i as u32,
                }),
                UnitState::Queued => unit.state = UnitState::Stopped,
                UnitState::Done | UnitState::Stopped => {}
            }
        }
        for &at in &running {
            self.end_unit(now, at, UnitState::Stopped);
        }
        self.changes += 1;
        self.reshare_around(&running);
    }

    /// Stops whatever runs for a job; returns the works that were stopped.
    pub fn stop_job_work(&mut self, now: Time, job: JobIx) -> Vec<WorkIx> {
        let works: Vec<WorkIx> = self.job(job).map_or(Vec::new(), |j| j.work.to_vec());
        let running: Vec<WorkIx> = works
            .into_iter()
            .filter(|&w| self.work(w).is_some_and(|w| w.state == WorkState::Running))
            .collect();
        for &w in &running {
            self.stop_work(now, w);
        }
        running
    }

    /// Moves the units of a work that wait or were lost on a dead node to live ones, from the
    /// beginning: their partial output is of no use to another node.
    pub fn reassign(&mut self, now: Time, ix: WorkIx) {
        let alive: Vec<NodeIx> = self
            .node_list()
            .filter(|(_, n)| n.alive)
            .map(|(i, _)| i)
            .collect();
        let Some(work) = self.work(ix) else { return };
        if work.state != WorkState::Running || alive.is_empty() {
            return;
        }
        let stranded: Vec<u32> = work
            .units
            .iter()
            .enumerate()
            .filter(|(_, u)| {
                // A stopped unit of a running work was lost with its node, which may be up again.
                u.state == UnitState::Stopped
                    || u.state == UnitState::Queued && !alive.contains(&u.node)
            })
            .map(|(i, _)| i as u32)
            .collect();
        for unit in stranded {
            let range = self
                .unit(UnitRef { work: ix, unit })
                .and_then(|u| u.effect.range());
            let leader = range.and_then(|r| self.range(r)).map(|r| r.leader);
            let to = leader
                .filter(|l| alive.contains(l))
                .or_else(|| alive.get(unit as usize % alive.len()).copied());
            let Some(u) = self
                .works
                .get_mut(ix.0 as usize)
                .and_then(|w| w.units.get_mut(unit as usize))
            else {
                continue;
            };
            u.node = to.unwrap_or(u.node);
            u.state = UnitState::Queued;
            u.settled = 0;
            if let Effect::Fill { range, .. } = u.effect
                && let Some(r) = self.range_mut(range)
            {
                r.held = 0;
            }
        }
        self.fill_slots(now, ix);
    }

    /// Ends of units that were computed since the last call, to be put on the agenda: of each node
    /// that changed, the next one only. What comes after it is announced when it has come.
    pub fn take_pending(&mut self, now: Time) -> Vec<(Time, UnitRef, u32)> {
        self.settle_rates(now);
        std::mem::take(&mut self.pending)
    }

    /// What runs on a node is lost although the node lives: it is cut off.
    pub fn lose_units(&mut self, now: Time, node: NodeIx) {
        self.end_units_on(now, node);
    }

    pub(super) fn end_units_on(&mut self, now: Time, node: NodeIx) {
        let lost = self
            .node(node)
            .map(|n| n.running.clone())
            .unwrap_or_default();
        for &at in &lost {
            self.end_unit(now, at, UnitState::Stopped);
        }
        self.reshare_around(&lost);
    }

    /// Something changed where the given units are or were: on their nodes, and at the
    /// destinations that they use. Their rates are computed anew before time goes on.
    fn reshare_around(&mut self, units: &[UnitRef]) {
        for &at in units {
            let Some((node, dest)) = self.unit(at).map(|u| (u.node, demand(self, u).dest)) else {
                continue;
            };
            self.dirty_nodes.insert(node);
            self.dirty_dests.extend(dest);
        }
    }

    /// Computes the rates where something changed since the last call.
    fn settle_rates(&mut self, now: Time) {
        let mut nodes = std::mem::take(&mut self.dirty_nodes);
        let dests = std::mem::take(&mut self.dirty_dests);
        for &dest in dests.iter() {
            let on = self.dest(dest).map_or(&[][..], |d| &d.users.on);
            let on = on.iter().enumerate().filter(|(_, n)| **n > 0);
            nodes.extend(on.map(|(n, _)| NodeIx(n as u16)));
        }
        let nodes: Vec<NodeIx> = nodes.into_iter().collect();
        if !nodes.is_empty() {
            self.reshare(now, &nodes);
        }
    }

    /// Gives every running unit on `nodes` its rate: an equal share of each resource that it uses,
    /// the smallest of them, and never more than the work allows a unit.
    fn reshare(&mut self, now: Time, nodes: &[NodeIx]) {
        for &ix in nodes {
            let Some(node) = self.node(ix) else { continue };
            let (disk, net) = (node.disk(), node.net());
            let running = node.running.clone();
            let demands: Vec<Demand> = running
                .iter()
                .map(|&at| {
                    self.unit(at).map_or(
                        Demand {
                            disk: false,
                            net: false,
                            dest: None,
                        },
                        |u| demand(self, u),
                    )
                })
                .collect();
            let disk_users = demands.iter().filter(|d| d.disk).count() as u64;
            let net_users = demands.iter().filter(|d| d.net).count() as u64;
            for (&at, d) in running.iter().zip(&demands) {
                let mut rate = self.work(at.work).map_or(1, |w| w.unit_rate);
                if d.disk {
                    rate = rate.min(disk / disk_users.max(1));
                }
                if d.net {
                    rate = rate.min(net / net_users.max(1));
                }
                if let Some(dest) = d.dest {
                    rate = match self.dest(dest) {
                        Some(x) if !x.unreachable => rate.min(x.rate / x.users.all.max(1)),
                        _ => 0,
                    };
                }
                self.set_rate(now, at, rate);
            }
            self.announce(ix, &running);
        }
    }

    /// Puts the next end on a node down, unless it is the one that was put down last.
    fn announce(&mut self, node: NodeIx, running: &[UnitRef]) {
        let next = running
            .iter()
            .filter_map(|&at| {
                let unit = self.unit(at)?;
                Some((unit.end()?, at, unit.generation))
            })
            .min_by_key(|(end, at, _)| (*end, at.work, at.unit));
        let Some((end, at, generation)) = next else {
            self.announced.remove(&node);
            return;
        };
        if self.announced.insert(node, (at, generation)) != Some((at, generation)) {
            self.pending.push((end, at, generation));
        }
    }

    fn set_rate(&mut self, now: Time, at: UnitRef, rate: u64) {
        let Some(unit) = self.unit(at) else { return };
        if unit.state != UnitState::Running || (unit.rate == rate && rate > 0) {
            return;
        }
        let Some(work) = self.works.get_mut(at.work.0 as usize) else {
            return;
        };
        let Some(unit) = work.units.get_mut(at.unit as usize) else {
            return;
        };
        unit.settled = unit.done(now);
        unit.since = now;
        unit.rate = rate;
        unit.generation += 1;
    }
}

/// What a unit uses while it runs.
pub(super) fn demand(cluster: &Cluster, unit: &Unit) -> Demand {
    let dest = unit
        .effect
        .file()
        .and_then(|f| cluster.file(f))
        .map(|f| f.dest);
    match unit.effect {
        Effect::None => Demand {
            disk: true,
            net: false,
            dest: None,
        },
        Effect::Export { .. } | Effect::Fill { .. } => Demand {
            disk: true,
            net: true,
            dest,
        },
        Effect::Clear { .. } => Demand {
            disk: true,
            net: false,
            dest: None,
        },
        Effect::Write { .. } | Effect::Remove { .. } | Effect::Tag { .. } => Demand {
            disk: false,
            net: true,
            dest,
        },
    }
}

/// `total` × `part` ÷ `whole`, without overflow.
pub(super) fn share(total: u64, part: u64, whole: u64) -> u64 {
    (u128::from(total) * u128::from(part) / u128::from(whole.max(1))) as u64
}
