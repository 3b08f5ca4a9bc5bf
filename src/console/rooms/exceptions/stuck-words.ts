// What else can be done about an effect or run that stands still: ask for something else, let it go, undo what was done.
import type { ActionWords } from './action-words.ts';

export function stuckWords(action: 'edit' | 'skip' | 'compensate'): ActionWords {
  switch (action) {
    case 'edit':
      return {
        label: 'Change and go on',
        doing: 'Changing …',
        done: 'It is asked for as you changed it.',
        means: 'It is sent with what you give here, and the run goes on. Make sure first that it was not done in the system.',
        asks: 'Why is it changed?',
        form: 'input',
      };
    case 'skip':
      return {
        label: 'Skip the step',
        doing: 'Skipping …',
        done: 'The step is skipped.',
        means: 'It is not sent any more. The run goes on with the answer that you give here; without one it goes on where it needs none, and ends where it does.',
        asks: 'Why is it not needed?',
        form: 'instead',
      };
    case 'compensate':
      return {
        label: 'Undo and end the run',
        doing: 'Undoing …',
        done: 'What the run did is being undone.',
        means: 'What the run has done is undone in its systems, last first, and it ends. This one effect is let go: make sure first that it was not done.',
        asks: 'Why must the run not go on?',
        form: undefined,
      };
  }
}
