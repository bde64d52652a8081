// The cases of the cluster: real agents, a real etcd, one set of namespaces a node. No firmware.
import { hostileLan } from '../cases/hostile-lan.ts';
import type { Scene } from '../scene.ts';
import { agentTokens } from './cases/agents.ts';
import { wipedNodeReturns } from './cases/enrolment.ts';
import {
  agentSurvives,
  foundAtOnce,
  foundBySix,
  growOneToThree,
  joinLate,
  settingsDiffer,
  twoNodes,
} from './cases/forming.ts';
import {
  blankFirst,
  blankMajority,
  blankMajorityLatched,
  forgetMember,
  oldDiskReturns,
} from './cases/lost-disks.ts';
import { founderDies, founderLost, partition, powerCut } from './cases/power.ts';
import { rotate } from './cases/rotate.ts';
import { forgedPeers, hintedClusterDown, rogue6443 } from './cases/strangers.ts';
import { HAS_AGENTS } from './k3s.ts';

interface ClusterCase {
  readonly measures: string;
  readonly run: (scene: Scene) => Promise<number>;
}

const FORMED = 'power-on to one cluster of all';

export const CLUSTER_CASES: Readonly<Record<string, ClusterCase>> = {
  'one-node': { measures: FORMED, run: (scene) => foundAtOnce(scene, 1) },
  'two-nodes': { measures: "the second's power-on to one cluster", run: twoNodes },
  'found-3': { measures: FORMED, run: (scene) => foundAtOnce(scene, 3) },
  'found-5-at-once': { measures: FORMED, run: (scene) => foundAtOnce(scene, 5) },
  'found-by-ipv6': { measures: FORMED, run: foundBySix },
  'join-late': { measures: "the third's power-on to member", run: joinLate },
  'grow-1-to-3': { measures: "n1's return to one cluster of all", run: growOneToThree },
  'settings-differ': { measures: "the third's return to member", run: settingsDiffer },
  ...(HAS_AGENTS && {
    'agent-survives': { measures: 'the whole case', run: agentSurvives },
    'hostile-lan': { measures: 'all attacks', run: hostileLan },
    'agent-tokens': { measures: 'the first new machine to all of them', run: agentTokens },
    rotate: { measures: 'the last server has the new secrets, to all use them', run: rotate },
  }),
  'power-cut': { measures: 'power-on to all members, the slowest of 10', run: powerCut },
  'partition-1-2': { measures: 'the whole case', run: partition },
  'founder-dies-before-init': { measures: "the founder's return to one cluster", run: founderDies },
  'founder-lost': { measures: 'abandon-founder to one cluster of the others', run: founderLost },
  'blank-first': { measures: "the others' power-on to one cluster of all", run: blankFirst },
  'blank-majority': { measures: 'the whole case', run: blankMajority },
  'blank-majority-latched': { measures: 'the whole case', run: blankMajorityLatched },
  'wiped-node-returns': {
    measures: 'its new enrolment to one cluster of all',
    run: (scene) => wipedNodeReturns(scene, 'once'),
  },
  'wiped-node-returns-always': {
    measures: 'its power-on to one cluster of all',
    run: (scene) => wipedNodeReturns(scene, 'always'),
  },
  'old-disk-returns': { measures: 'its power-on to one cluster of all', run: oldDiskReturns },
  'forget-member': { measures: 'forget to one cluster of the others', run: forgetMember },
  'rogue-6443': { measures: "the false server's end to one cluster", run: rogue6443 },
  'forged-peers': { measures: FORMED, run: forgedPeers },
  'hinted-cluster-down': {
    measures: "that cluster's return to all joined",
    run: hintedClusterDown,
  },
};
