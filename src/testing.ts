export { fake, type Fake } from './testing/fake.ts';
export { playFlow, type Play, type PlayOptions, type Stage } from './testing/play.ts';
export { accepted, refused } from './model/capability.ts';
export { virtualClock, type VirtualClock } from './kernel/virtual-clock.ts';
