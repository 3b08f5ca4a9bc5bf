// On hand of the components that production orders need.
import type { Frame } from '../frame/frame.ts';
import type { WorldComponent } from '../frame/world.ts';

export interface ComponentStock {
  /** The first component of which there is not enough, if any. */
  short(components: readonly WorldComponent[]): { readonly component: string; readonly needed: number; readonly onHand: number } | undefined;
}

export function componentStockOf(frame: Frame): ComponentStock {
  return {
    short: (components) =>
      components
        .map(({ component, quantity }) => ({ component, needed: quantity, onHand: frame.world.componentStock.find((stock) => stock.component === component)?.onHand ?? 0 }))
        .find(({ needed, onHand }) => onHand < needed),
  };
}
