/**
 * What everyday categories tell about a place and about how to act there: the background knowledge with which the offline teacher
 * answers questions that go beyond what is seen. Categories that are not listed are still described by their layout.
 */
export interface Topic {
  categories: readonly string[];
  /** Where such things are usually found. */
  setting: string;
  /** What people do with them. */
  use: string;
  /** What one should mind. */
  care: string;
}

export const TOPICS: readonly Topic[] = [
  {
    categories: [
      'car',
      'bus',
      'truck',
      'motorcycle',
      'bicycle',
      'traffic light',
      'stop sign',
      'parking meter',
      'fire hydrant',
    ],
    setting: 'a street or a place beside a road',
    use: 'getting from one place to another',
    care: 'look out for moving traffic and keep the road clear',
  },
  {
    categories: ['airplane'],
    setting: 'an airport or open air where aircraft fly',
    use: 'travelling over long distances',
    care: 'keep away from aircraft that move and from their engines',
  },
  {
    categories: ['train'],
    setting: 'a railway line or a station',
    use: 'carrying people and goods on rails',
    care: 'stay behind the edge of the platform and off the rails',
  },
  {
    categories: ['boat', 'surfboard'],
    setting: 'a coast, a lake or a harbour',
    use: 'being out on the water',
    care: 'watch the weather and the waves and know how to swim',
  },
  {
    categories: ['bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe'],
    setting: 'a place where animals live or are kept',
    use: 'watching or looking after animals',
    care: 'give the animals room and not startle them',
  },
  {
    categories: [
      'frisbee',
      'sports ball',
      'kite',
      'baseball bat',
      'baseball glove',
      'skateboard',
      'tennis racket',
      'skis',
      'snowboard',
    ],
    setting: 'a place for sport and play',
    use: 'playing or practising a sport',
    care: 'keep enough distance to those who play and wear what protects',
  },
  {
    categories: ['bottle', 'wine glass', 'cup', 'fork', 'knife', 'spoon', 'bowl', 'dining table'],
    setting: 'a table where people eat and drink',
    use: 'preparing and having a meal',
    care: 'handle glass and blades with care',
  },
  {
    categories: ['banana', 'apple', 'sandwich', 'orange', 'broccoli', 'carrot', 'hot dog', 'pizza', 'donut', 'cake'],
    setting: 'a kitchen, a market or a laid table',
    use: 'eating',
    care: 'keep the food clean and fresh',
  },
  {
    categories: ['microwave', 'oven', 'toaster', 'sink', 'refrigerator'],
    setting: 'a kitchen',
    use: 'storing and cooking food',
    care: 'mind hot surfaces and keep water away from electric devices',
  },
  {
    categories: ['couch', 'chair', 'bed', 'tv', 'remote', 'potted plant', 'vase', 'clock', 'book', 'teddy bear'],
    setting: 'a room in a home',
    use: 'resting and spending free time',
    care: 'keep the way between the furniture free so that nobody trips',
  },
  {
    categories: ['toilet', 'toothbrush', 'hair drier'],
    setting: 'a bathroom',
    use: 'washing and getting ready',
    care: 'keep electric devices away from water',
  },
  {
    categories: ['laptop', 'mouse', 'keyboard', 'cell phone', 'scissors'],
    setting: 'a desk or another place of work',
    use: 'working and staying in touch',
    care: 'rest the eyes and sit well from time to time',
  },
  {
    categories: ['backpack', 'umbrella', 'handbag', 'tie', 'suitcase', 'bench'],
    setting: 'a place that people pass through or wait at',
    use: 'being on the way with what one needs',
    care: 'keep an eye on the things that one carries',
  },
];

/** The topic that most of the objects speak for, or null. */
export function topicOf(categories: readonly string[]): { topic: Topic; evidence: string[] } | null {
  let best: { topic: Topic; evidence: string[] } | null = null;
  for (const topic of TOPICS) {
    const evidence = [...new Set(categories.filter((c) => topic.categories.includes(c)))];
    if (evidence.length > (best?.evidence.length ?? 0)) best = { topic, evidence };
  }
  return best;
}
